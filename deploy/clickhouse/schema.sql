-- `articles.events` in ClickHouse: a table of records as written, and materialised views that flatten each record into one
-- row per event and one row per pair of actor and recipient.
--
-- Read from the views `events` and `dyads`. A column is called as its path in the record, joined by `_`; a slot that a record
-- does not have is NULL. kafka.sql fills `records` from a topic; any other INSERT into it (README) does the same.

-- Records as they were written. They are kept so that the tables below can be made again when a later version reads more
-- slots. What was written later wins: by the time of the record, then by offset.
CREATE TABLE IF NOT EXISTS records
(
    value String CODEC(ZSTD(3)),
    partition UInt64 DEFAULT 0,
    offset UInt64 DEFAULT 0,
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(written_at)
ORDER BY (partition, offset)
TTL toDateTime(written_at) + INTERVAL 90 DAY;

-- One row per event. `version` decides between records of the same id: milliseconds, then offset, then partition.
CREATE TABLE IF NOT EXISTS event_rows
(
    id String,
    version UInt128,
    is_deleted UInt8,
    event_key String,
    article_id String,
    article_version UInt32,
    article_source LowCardinality(Nullable(String)),
    article_source_id Nullable(String),
    article_url Nullable(String),
    article_published_at Nullable(DateTime64(3, 'UTC')),
    reference_value Nullable(Date32),
    reference_from LowCardinality(Nullable(String)),
    event LowCardinality(String),
    mode LowCardinality(Nullable(String)),
    context Array(LowCardinality(String)),
    quad_code UInt8,
    event_scale Float64,
    cameo_code LowCardinality(String),
    cameo_root LowCardinality(String),
    cameo_name LowCardinality(String),
    cameo_goldstein Nullable(Float64),
    realis LowCardinality(Nullable(String)),
    date Nullable(Date32),
    enddate Nullable(Date32),
    time_precision LowCardinality(Nullable(String)),
    date_basis LowCardinality(Nullable(String)),
    event_text Nullable(String),
    text_info_sentence Nullable(UInt32),
    text_info_position LowCardinality(Nullable(String)),
    text_info_trigger_text Nullable(String),
    is_lead Nullable(Bool),
    actors UInt16,
    recipients UInt16,
    actor_country Nullable(String),
    recipient_country Nullable(String),
    attribution_source_text Nullable(String),
    attribution_cue_text Nullable(String),
    attribution_directness LowCardinality(Nullable(String)),
    attribution_stance LowCardinality(Nullable(String)),
    dead_min Nullable(UInt64),
    dead_max Nullable(UInt64),
    dead_qualifier LowCardinality(Nullable(String)),
    injured_min Nullable(UInt64),
    injured_max Nullable(UInt64),
    injured_qualifier LowCardinality(Nullable(String)),
    arrested_min Nullable(UInt64),
    arrested_max Nullable(UInt64),
    arrested_qualifier LowCardinality(Nullable(String)),
    size_min Nullable(UInt64),
    size_max Nullable(UInt64),
    size_qualifier LowCardinality(Nullable(String)),
    event_loc_text Nullable(String),
    event_loc_name Nullable(String),
    event_loc_geonameid Nullable(UInt64),
    event_loc_lat Nullable(Float64),
    event_loc_lon Nullable(Float64),
    event_loc_country LowCardinality(Nullable(String)),
    event_loc_admin1 Nullable(String),
    event_loc_feature LowCardinality(Nullable(String)),
    event_loc_precision Nullable(UInt8),
    event_loc_basis LowCardinality(Nullable(String)),
    event_loc_score Nullable(Float64),
    places Array(Tuple(
        role Nullable(String), text Nullable(String), span Array(UInt32), name Nullable(String), geonameid Nullable(UInt64),
        lat Nullable(Float64), lon Nullable(Float64), country Nullable(String), admin1 Nullable(String),
        feature Nullable(String), precision Nullable(UInt8), basis Nullable(String), score Nullable(Float64))),
    confidence_event Nullable(Float64),
    confidence_type Nullable(Float64),
    confidence_actor Nullable(Float64),
    confidence_recipient Nullable(Float64),
    confidence_place Nullable(Float64),
    confidence_date Nullable(Float64),
    confidence_version LowCardinality(Nullable(String)),
    link Array(String),
    rule LowCardinality(String),
    provenance_program LowCardinality(String),
    provenance_pack LowCardinality(String),
    provenance_model LowCardinality(Nullable(String)),
    provenance_mapping LowCardinality(String)
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY id;

-- JSONExtract leaves out a list element of which it knows no field: `span`, which every participant has, keeps all of them.
CREATE MATERIALIZED VIEW IF NOT EXISTS records_to_event_rows TO event_rows AS
SELECT
    r.id AS id,
    bitShiftLeft(toUInt128(toUnixTimestamp64Milli(written_at)), 80)
        + bitShiftLeft(toUInt128(offset), 16) + partition AS version,
    r.op = 'retract' AS is_deleted,
    r.event_key AS event_key,
    r.article.id AS article_id,
    r.article.version AS article_version,
    r.article.source AS article_source,
    r.article.source_id AS article_source_id,
    r.article.url AS article_url,
    parseDateTime64BestEffortOrNull(r.article.published_at, 3, 'UTC') AS article_published_at,
    toDate32OrNull(r.reference.value) AS reference_value,
    r.reference.`from` AS reference_from,
    r.event AS event,
    r.mode AS mode,
    r.context AS context,
    r.quad_code AS quad_code,
    r.event_scale AS event_scale,
    r.cameo.code AS cameo_code,
    r.cameo.root AS cameo_root,
    r.cameo.name AS cameo_name,
    r.cameo.goldstein AS cameo_goldstein,
    r.realis AS realis,
    toDate32OrNull(r.date) AS date,
    toDate32OrNull(r.enddate) AS enddate,
    r.time_precision AS time_precision,
    r.date_basis AS date_basis,
    r.event_text AS event_text,
    r.text_info.sentence AS text_info_sentence,
    r.text_info.position AS text_info_position,
    r.text_info.trigger.text AS text_info_trigger_text,
    r.is_lead AS is_lead,
    length(r.actor) AS actors,
    length(r.recipient) AS recipients,
    r.actor[1].country AS actor_country,
    r.recipient[1].country AS recipient_country,
    r.attribution.source.text AS attribution_source_text,
    r.attribution.cue.text AS attribution_cue_text,
    r.attribution.directness AS attribution_directness,
    r.attribution.stance AS attribution_stance,
    r.dead.min AS dead_min,
    r.dead.max AS dead_max,
    r.dead.qualifier AS dead_qualifier,
    r.injured.min AS injured_min,
    r.injured.max AS injured_max,
    r.injured.qualifier AS injured_qualifier,
    r.arrested.min AS arrested_min,
    r.arrested.max AS arrested_max,
    r.arrested.qualifier AS arrested_qualifier,
    r.size.min AS size_min,
    r.size.max AS size_max,
    r.size.qualifier AS size_qualifier,
    r.event_loc.text AS event_loc_text,
    r.event_loc.name AS event_loc_name,
    r.event_loc.geonameid AS event_loc_geonameid,
    r.event_loc.lat AS event_loc_lat,
    r.event_loc.lon AS event_loc_lon,
    r.event_loc.country AS event_loc_country,
    r.event_loc.admin1 AS event_loc_admin1,
    r.event_loc.feature AS event_loc_feature,
    r.event_loc.precision AS event_loc_precision,
    r.event_loc.basis AS event_loc_basis,
    r.event_loc.score AS event_loc_score,
    r.places AS places,
    r.confidence.event AS confidence_event,
    r.confidence.type AS confidence_type,
    r.confidence.actor AS confidence_actor,
    r.confidence.recipient AS confidence_recipient,
    r.confidence.place AS confidence_place,
    r.confidence.date AS confidence_date,
    r.confidence.version AS confidence_version,
    r.link AS link,
    r.rule AS rule,
    r.provenance.program AS provenance_program,
    r.provenance.pack AS provenance_pack,
    r.provenance.model AS provenance_model,
    r.provenance.mapping AS provenance_mapping
FROM
(
    SELECT written_at, partition, offset, JSONExtract(value, 'Tuple(
        op String, id String, event_key String,
        article Tuple(id String, version UInt32, source Nullable(String), source_id Nullable(String),
            url Nullable(String), published_at String),
        reference Tuple(value String, `from` Nullable(String)),
        event String, mode Nullable(String), context Array(String), quad_code UInt8, event_scale Float64,
        cameo Tuple(code String, root String, name String, goldstein Nullable(Float64)),
        realis Nullable(String), date String, enddate String, time_precision Nullable(String),
        date_basis Nullable(String), event_text Nullable(String),
        text_info Tuple(sentence Nullable(UInt32), position Nullable(String), trigger Tuple(text Nullable(String))),
        is_lead Nullable(Bool),
        actor Array(Tuple(span Array(UInt32), country Nullable(String))),
        recipient Array(Tuple(span Array(UInt32), country Nullable(String))),
        attribution Tuple(source Tuple(text Nullable(String)), cue Tuple(text Nullable(String)),
            directness Nullable(String), stance Nullable(String)),
        dead Tuple(min Nullable(UInt64), max Nullable(UInt64), qualifier Nullable(String)),
        injured Tuple(min Nullable(UInt64), max Nullable(UInt64), qualifier Nullable(String)),
        arrested Tuple(min Nullable(UInt64), max Nullable(UInt64), qualifier Nullable(String)),
        size Tuple(min Nullable(UInt64), max Nullable(UInt64), qualifier Nullable(String)),
        event_loc Tuple(text Nullable(String), name Nullable(String), geonameid Nullable(UInt64),
            lat Nullable(Float64), lon Nullable(Float64), country Nullable(String), admin1 Nullable(String),
            feature Nullable(String), precision Nullable(UInt8), basis Nullable(String), score Nullable(Float64)),
        places Array(Tuple(role Nullable(String), text Nullable(String), span Array(UInt32), name Nullable(String),
            geonameid Nullable(UInt64), lat Nullable(Float64), lon Nullable(Float64), country Nullable(String),
            admin1 Nullable(String), feature Nullable(String), precision Nullable(UInt8), basis Nullable(String),
            score Nullable(Float64))),
        confidence Tuple(event Nullable(Float64), type Nullable(Float64), actor Nullable(Float64),
            recipient Nullable(Float64), place Nullable(Float64), date Nullable(Float64), version Nullable(String)),
        link Array(String), rule String,
        provenance Tuple(program String, pack String, model Nullable(String), mapping String)
    )') AS r
    FROM records
    -- article records, and what is not JSON, have no such id
    WHERE startsWith(JSONExtractString(value, 'id'), 'ev-')
);

-- One row per actor and recipient of a record. A record without actor or without recipient keeps its rows, with NULL on that
-- side. At most the first 32 of each side are paired (32 is also the worker's default of limits.participants_max); `actors`
-- and `recipients` say how many the record has. `*_number` counts from 0, as the slots in `evidence` do.
CREATE TABLE IF NOT EXISTS dyad_rows
(
    id String,
    version UInt128,
    actor_number Nullable(UInt16),
    recipient_number Nullable(UInt16),
    actor_label Nullable(String),
    actor_text Nullable(String),
    actor_name Nullable(String),
    actor_country LowCardinality(Nullable(String)),
    actor_sector LowCardinality(Nullable(String)),
    actor_code LowCardinality(Nullable(String)),
    actor_wikidata Nullable(String),
    actor_resolved_by LowCardinality(Nullable(String)),
    actor_score Nullable(Float64),
    recipient_label Nullable(String),
    recipient_text Nullable(String),
    recipient_name Nullable(String),
    recipient_country LowCardinality(Nullable(String)),
    recipient_sector LowCardinality(Nullable(String)),
    recipient_code LowCardinality(Nullable(String)),
    recipient_wikidata Nullable(String),
    recipient_resolved_by LowCardinality(Nullable(String)),
    recipient_score Nullable(Float64),
    actors UInt16,
    recipients UInt16,
    event_key String,
    article_id String,
    event LowCardinality(String),
    quad_code UInt8,
    event_scale Float64,
    cameo_code LowCardinality(String),
    cameo_goldstein Nullable(Float64),
    realis LowCardinality(Nullable(String)),
    date Nullable(Date32),
    event_loc_country LowCardinality(Nullable(String))
)
ENGINE = ReplacingMergeTree
ORDER BY (id, version, ifNull(actor_number, 65535), ifNull(recipient_number, 65535));

CREATE MATERIALIZED VIEW IF NOT EXISTS records_to_dyad_rows TO dyad_rows AS
SELECT
    r.id AS id,
    bitShiftLeft(toUInt128(toUnixTimestamp64Milli(written_at)), 80)
        + bitShiftLeft(toUInt128(offset), 16) + partition AS version,
    if(a_ix = 0, NULL, a_ix - 1) AS actor_number,
    if(r_ix = 0, NULL, r_ix - 1) AS recipient_number,
    -- who it is in one word: the code where the country is known, else the canonical name, else the sector alone
    if(a.country IS NOT NULL, a.code, coalesce(a.name, a.code)) AS actor_label,
    a.text AS actor_text,
    a.name AS actor_name,
    a.country AS actor_country,
    if(empty(a.sector), NULL, a.sector[1]) AS actor_sector,
    a.code AS actor_code,
    a.wikidata AS actor_wikidata,
    a.resolved_by AS actor_resolved_by,
    a.score AS actor_score,
    if(b.country IS NOT NULL, b.code, coalesce(b.name, b.code)) AS recipient_label,
    b.text AS recipient_text,
    b.name AS recipient_name,
    b.country AS recipient_country,
    if(empty(b.sector), NULL, b.sector[1]) AS recipient_sector,
    b.code AS recipient_code,
    b.wikidata AS recipient_wikidata,
    b.resolved_by AS recipient_resolved_by,
    b.score AS recipient_score,
    length(r.actor) AS actors,
    length(r.recipient) AS recipients,
    r.event_key AS event_key,
    r.article.id AS article_id,
    r.event AS event,
    r.quad_code AS quad_code,
    r.event_scale AS event_scale,
    r.cameo.code AS cameo_code,
    r.cameo.goldstein AS cameo_goldstein,
    r.realis AS realis,
    toDate32OrNull(r.date) AS date,
    r.event_loc.country AS event_loc_country
FROM
(
    SELECT *, b, r_ix
    FROM
    (
        SELECT *, a, a_ix
        FROM
        (
            SELECT written_at, partition, offset, JSONExtract(value, 'Tuple(
                op String, id String, event_key String, article Tuple(id String), event String, quad_code UInt8,
                event_scale Float64, cameo Tuple(code String, goldstein Nullable(Float64)), realis Nullable(String),
                date String, event_loc Tuple(country Nullable(String)),
                actor Array(Tuple(span Array(UInt32), text Nullable(String), name Nullable(String),
                    country Nullable(String), sector Array(String), code Nullable(String), wikidata Nullable(String),
                    resolved_by Nullable(String), score Nullable(Float64))),
                recipient Array(Tuple(span Array(UInt32), text Nullable(String), name Nullable(String),
                    country Nullable(String), sector Array(String), code Nullable(String), wikidata Nullable(String),
                    resolved_by Nullable(String), score Nullable(Float64)))
            )') AS r
            FROM records
            WHERE startsWith(JSONExtractString(value, 'id'), 'ev-') AND r.op != 'retract'
        )
        LEFT ARRAY JOIN arraySlice(r.actor, 1, 32) AS a, arrayEnumerate(arraySlice(r.actor, 1, 32)) AS a_ix
    )
    LEFT ARRAY JOIN arraySlice(r.recipient, 1, 32) AS b, arrayEnumerate(arraySlice(r.recipient, 1, 32)) AS r_ix
);

-- FINAL: the last record of each id wins, and an id whose last record is a retraction is gone.
CREATE VIEW IF NOT EXISTS events AS
SELECT * EXCEPT (version, is_deleted) FROM event_rows FINAL;

-- Pairs of the record that wins, and of no older one: an event that lost a participant leaves no pair behind.
CREATE VIEW IF NOT EXISTS dyads AS
SELECT * EXCEPT (version) FROM dyad_rows FINAL
WHERE (id, version) IN (SELECT id, version FROM event_rows FINAL);
