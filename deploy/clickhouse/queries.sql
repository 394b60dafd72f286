-- Three questions, on the views of schema.sql. Each query stands under a line `-- name:`.
-- What did not happen (planned, feared, denied) is left out where the record says so; without `realis` an event counts.

-- name: country_weeks
-- Events per country and week (it starts on Monday) by quad class. An event counts once: for the country where it
-- happened, else of its first actor, else of its first recipient. NULL: country or date is not known.
SELECT
    toStartOfWeek(date, 1) AS week,
    coalesce(event_loc_country, actor_country, recipient_country) AS country,
    countIf(quad_code = 1) AS verbal_cooperation,
    countIf(quad_code = 2) AS material_cooperation,
    countIf(quad_code = 3) AS verbal_conflict,
    countIf(quad_code = 4) AS material_conflict,
    count() AS events
FROM events
WHERE coalesce(realis, 'actual') = 'actual'
GROUP BY week, country
ORDER BY week NULLS LAST, country NULLS LAST;

-- name: top_dyads
-- Who acts towards whom most often, with how many events are conflict and the mean event_scale.
SELECT
    actor_label AS actor,
    recipient_label AS recipient,
    count() AS events,
    countIf(quad_code >= 3) AS conflicts,
    round(avg(event_scale), 2) AS mean_scale
FROM
(
    SELECT DISTINCT id, actor_label, recipient_label, quad_code, event_scale
    FROM dyads
    WHERE actor_label IS NOT NULL AND recipient_label IS NOT NULL AND coalesce(realis, 'actual') = 'actual'
)
GROUP BY actor, recipient
ORDER BY events DESC, actor, recipient
LIMIT 20;

-- name: casualties
-- Dead, injured and arrested by place, as a range. Records with one event_key tell of one event: of them the highest
-- figure counts, not the sum. Where no date is known, records are one event only within their article.
WITH told AS
(
    SELECT
        coalesce(event_loc_name, event_loc_text) AS place,
        event_loc_country AS country,
        max(if(dead_max IS NULL, dead_min, ifNull(dead_min, 0))) AS least_dead,
        max(coalesce(dead_max, dead_min)) AS most_dead,
        max(if(injured_max IS NULL, injured_min, ifNull(injured_min, 0))) AS least_injured,
        max(coalesce(injured_max, injured_min)) AS most_injured,
        max(if(arrested_max IS NULL, arrested_min, ifNull(arrested_min, 0))) AS least_arrested,
        max(coalesce(arrested_max, arrested_min)) AS most_arrested
    FROM events
    WHERE coalesce(realis, 'actual') = 'actual'
        AND coalesce(dead_min, dead_max, injured_min, injured_max, arrested_min, arrested_max) IS NOT NULL
    GROUP BY event_key, if(date IS NULL, article_id, ''), event_loc_geonameid, place, country
)
SELECT
    place,
    country,
    count() AS events,
    sum(least_dead) AS dead_min,
    sum(most_dead) AS dead_max,
    sum(least_injured) AS injured_min,
    sum(most_injured) AS injured_max,
    sum(least_arrested) AS arrested_min,
    sum(most_arrested) AS arrested_max
FROM told
GROUP BY place, country
ORDER BY dead_max DESC NULLS LAST, injured_max DESC NULLS LAST, place NULLS LAST, country NULLS LAST;
