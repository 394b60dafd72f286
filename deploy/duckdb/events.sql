-- One row per event (`events`) and one row per pair of actor and recipient (`dyads`) from JSON Lines of `articles.events`.
--
-- Before reading this file, say where the records are; a list or a pattern such as 'events/*.jsonl' reads several files:
--   SET VARIABLE dateline_events = 'events.jsonl';
--
-- Columns and types are named here and never guessed: a slot that no record has yet is NULL, a field that is not named is
-- ignored. A column is called as its path in the record, joined by `_`. Dates end half-open, as in the record.

SET preserve_insertion_order = true;

-- Every record as it was written, `position` being its place in the input.
CREATE OR REPLACE VIEW records AS
SELECT row_number() OVER () AS position, *
FROM read_json(
  getvariable('dateline_events'),
  format = 'newline_delimited',
  maximum_object_size = 16777216,
  columns = {
    op: 'VARCHAR',
    id: 'VARCHAR',
    event_key: 'VARCHAR',
    article: 'STRUCT(id VARCHAR, version INTEGER, source VARCHAR, source_id VARCHAR, url VARCHAR, published_at VARCHAR)',
    reference: 'STRUCT("value" VARCHAR, "from" VARCHAR)',
    event: 'VARCHAR',
    mode: 'VARCHAR',
    context: 'VARCHAR[]',
    quad_code: 'TINYINT',
    event_scale: 'DOUBLE',
    cameo: 'STRUCT(code VARCHAR, root VARCHAR, "name" VARCHAR, goldstein DOUBLE, mapping VARCHAR)',
    realis: 'VARCHAR',
    date: 'VARCHAR',
    enddate: 'VARCHAR',
    time_precision: 'VARCHAR',
    date_basis: 'VARCHAR',
    event_text: 'VARCHAR',
    text_info: 'STRUCT(sentence INTEGER, span INTEGER[],
      "trigger" STRUCT("text" VARCHAR, span INTEGER[]), "position" VARCHAR)',
    is_lead: 'BOOLEAN',
    actor: 'STRUCT("text" VARCHAR, span INTEGER[], "name" VARCHAR, country VARCHAR, sector VARCHAR[], code VARCHAR,
      wikidata VARCHAR, resolved_by VARCHAR, score DOUBLE)[]',
    recipient: 'STRUCT("text" VARCHAR, span INTEGER[], "name" VARCHAR, country VARCHAR, sector VARCHAR[], code VARCHAR,
      wikidata VARCHAR, resolved_by VARCHAR, score DOUBLE)[]',
    attribution: 'STRUCT(source STRUCT("text" VARCHAR, span INTEGER[]),
      cue STRUCT("text" VARCHAR, span INTEGER[]), directness VARCHAR, stance VARCHAR)',
    dead: 'STRUCT("min" BIGINT, "max" BIGINT, qualifier VARCHAR, span INTEGER[])',
    injured: 'STRUCT("min" BIGINT, "max" BIGINT, qualifier VARCHAR, span INTEGER[])',
    arrested: 'STRUCT("min" BIGINT, "max" BIGINT, qualifier VARCHAR, span INTEGER[])',
    size: 'STRUCT("min" BIGINT, "max" BIGINT, qualifier VARCHAR, span INTEGER[])',
    event_loc: 'STRUCT("text" VARCHAR, span INTEGER[], "name" VARCHAR, geonameid BIGINT, lat DOUBLE,
      lon DOUBLE, country VARCHAR, admin1 VARCHAR, feature VARCHAR, "precision" INTEGER, basis VARCHAR, score DOUBLE)',
    places: 'STRUCT(role VARCHAR, "text" VARCHAR, span INTEGER[], "name" VARCHAR, geonameid BIGINT, lat DOUBLE,
      lon DOUBLE, country VARCHAR, admin1 VARCHAR, feature VARCHAR, "precision" INTEGER, basis VARCHAR, score DOUBLE)[]',
    evidence: 'JSON',
    rule: 'VARCHAR',
    confidence: 'STRUCT(event DOUBLE, type DOUBLE, actor DOUBLE, recipient DOUBLE, place DOUBLE, date DOUBLE, version VARCHAR)',
    link: 'VARCHAR[]',
    provenance: 'STRUCT(program VARCHAR, pack VARCHAR, model VARCHAR, mapping VARCHAR)'
  }
);

-- The last record of each event wins, and an event whose last record is a retraction is gone. Article records, whose ids begin
-- with `ar-`, are left out.
CREATE OR REPLACE VIEW latest AS
SELECT *
FROM (FROM records WHERE starts_with(id, 'ev-') QUALIFY row_number() OVER (PARTITION BY id ORDER BY position DESC) = 1)
WHERE op IS DISTINCT FROM 'retract';

-- One row per event.
CREATE OR REPLACE VIEW events AS
SELECT
  id,
  event_key,
  article.id AS article_id,
  article.version AS article_version,
  article.source AS article_source,
  article.source_id AS article_source_id,
  article.url AS article_url,
  try_cast(replace(replace(article.published_at, 'T', ' '), 'Z', '') AS TIMESTAMP) AS article_published_at,
  try_cast(reference."value" AS DATE) AS reference_value,
  reference."from" AS reference_from,
  event,
  mode,
  coalesce(context, []) AS context,
  quad_code,
  event_scale,
  cameo.code AS cameo_code,
  cameo.root AS cameo_root,
  cameo."name" AS cameo_name,
  cameo.goldstein AS cameo_goldstein,
  realis,
  try_cast(date AS DATE) AS date,
  try_cast(enddate AS DATE) AS enddate,
  time_precision,
  date_basis,
  event_text,
  text_info.sentence AS text_info_sentence,
  text_info."position" AS text_info_position,
  text_info."trigger"."text" AS text_info_trigger_text,
  is_lead,
  len(actor) AS actors,
  len(recipient) AS recipients,
  actor[1].country AS actor_country,
  recipient[1].country AS recipient_country,
  actor,
  recipient,
  attribution.source."text" AS attribution_source_text,
  attribution.cue."text" AS attribution_cue_text,
  attribution.directness AS attribution_directness,
  attribution.stance AS attribution_stance,
  dead."min" AS dead_min,
  dead."max" AS dead_max,
  dead.qualifier AS dead_qualifier,
  injured."min" AS injured_min,
  injured."max" AS injured_max,
  injured.qualifier AS injured_qualifier,
  arrested."min" AS arrested_min,
  arrested."max" AS arrested_max,
  arrested.qualifier AS arrested_qualifier,
  size."min" AS size_min,
  size."max" AS size_max,
  size.qualifier AS size_qualifier,
  event_loc."text" AS event_loc_text,
  event_loc."name" AS event_loc_name,
  event_loc.geonameid AS event_loc_geonameid,
  event_loc.lat AS event_loc_lat,
  event_loc.lon AS event_loc_lon,
  event_loc.country AS event_loc_country,
  event_loc.admin1 AS event_loc_admin1,
  event_loc.feature AS event_loc_feature,
  event_loc."precision" AS event_loc_precision,
  event_loc.basis AS event_loc_basis,
  event_loc.score AS event_loc_score,
  coalesce(places, []) AS places,
  confidence.event AS confidence_event,
  confidence.type AS confidence_type,
  confidence.actor AS confidence_actor,
  confidence.recipient AS confidence_recipient,
  confidence.place AS confidence_place,
  confidence.date AS confidence_date,
  confidence.version AS confidence_version,
  coalesce(link, []) AS link,
  evidence,
  rule,
  provenance.program AS provenance_program,
  provenance.pack AS provenance_pack,
  provenance.model AS provenance_model,
  provenance.mapping AS provenance_mapping
FROM latest;

-- One row per actor and recipient of an event. An event without actor or without recipient keeps its rows, with NULL on
-- that side. At most the first 32 of each side are paired (32 is also the worker's default of limits.participants_max);
-- `actors` and `recipients` say how many the record has. `*_number` counts from 0, as the slots in `evidence` do.
CREATE OR REPLACE VIEW dyads AS
WITH actor_rows AS (
  SELECT *, unnest(CASE WHEN len(actor) > 0 THEN range(least(len(actor), 32)) ELSE [NULL::BIGINT] END) AS actor_number
  FROM events
), pair_rows AS (
  SELECT
    *,
    unnest(CASE WHEN len(recipient) > 0 THEN range(least(len(recipient), 32)) ELSE [NULL::BIGINT] END) AS recipient_number
  FROM actor_rows
), pairs AS (
  SELECT *, actor[actor_number + 1] AS a, recipient[recipient_number + 1] AS r FROM pair_rows
)
SELECT
  id,
  actor_number,
  recipient_number,
  -- who it is in one word: the code where the country is known, else the canonical name, else the sector alone
  CASE WHEN a.country IS NOT NULL THEN a.code ELSE coalesce(a."name", a.code) END AS actor_label,
  a."text" AS actor_text,
  a."name" AS actor_name,
  a.country AS actor_country,
  a.sector[1] AS actor_sector,
  a.code AS actor_code,
  a.wikidata AS actor_wikidata,
  a.resolved_by AS actor_resolved_by,
  a.score AS actor_score,
  CASE WHEN r.country IS NOT NULL THEN r.code ELSE coalesce(r."name", r.code) END AS recipient_label,
  r."text" AS recipient_text,
  r."name" AS recipient_name,
  r.country AS recipient_country,
  r.sector[1] AS recipient_sector,
  r.code AS recipient_code,
  r.wikidata AS recipient_wikidata,
  r.resolved_by AS recipient_resolved_by,
  r.score AS recipient_score,
  actors,
  recipients,
  event_key,
  article_id,
  event,
  quad_code,
  event_scale,
  cameo_code,
  cameo_goldstein,
  realis,
  date,
  event_loc_country
FROM pairs;
