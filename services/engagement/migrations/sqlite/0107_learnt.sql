-- What the workshop of each engagement found that stands, and what its newest final summary says, in numbers, with when they were
-- recorded. Read from the states, so that it is never behind them, whichever release writes them.
CREATE VIEW learnt AS
SELECT id AS engagement_id,
    CAST(strftime('%s', substr(workshop_at, 1, 19)) AS INTEGER) * 1000000
        + CAST(substr(rtrim(substr(workshop_at, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS workshop_time,
    (SELECT count(*) FROM json_each(findings) WHERE value ->> 'kind' = 'BLOCKER') AS blockers,
    (SELECT count(*) FROM json_each(findings) WHERE value ->> 'kind' = 'CHALLENGE') AS challenges,
    (SELECT count(*) FROM json_each(findings) WHERE value ->> 'kind' = 'CONCERN') AS concerns,
    CAST(strftime('%s', substr(summary ->> '$.finalized.time', 1, 19)) AS INTEGER) * 1000000
        + CAST(substr(rtrim(substr(summary ->> '$.finalized.time', 21), 'Z') || '000000', 1, 6) AS INTEGER) AS summary_time,
    (SELECT count(*) FROM json_each(summary, '$.content.gaps') WHERE value ->> 'source' = 'DA_ANALYSIS') AS da_analysis,
    (SELECT count(*) FROM json_each(summary, '$.content.gaps') WHERE value ->> 'source' = 'CUSTOMER_DISCUSSION')
        AS customer_discussion,
    summary ->> '$.content.no_gaps_found' AS without_gaps,
    (SELECT count(*) FROM json_each(summary, '$.content.remote_support') WHERE value ->> 'kind' = 'DESKTOP_APP_ASSURE')
        AS desktop_app_assure,
    (SELECT count(*) FROM json_each(summary, '$.content.remote_support') WHERE value ->> 'kind' = 'FASTTRACK_REMOTE_SUPPORT')
        AS fasttrack_remote_support,
    (SELECT count(*) FROM json_each(summary, '$.content.remote_support') WHERE value ->> 'kind' = 'PARTNER_BENEFITS')
        AS partner_benefits,
    json_array_length(summary, '$.content.upgrade_plan') AS business_units
FROM (
    SELECT id, state ->> '$.workshop.stamp.time' AS workshop_at, state -> '$.workshop.what.findings' AS findings,
        CASE WHEN state ->> '$.summary.finalized.time' IS NULL THEN state -> '$.earlier_summaries[#-1]'
            ELSE state -> '$.summary' END AS summary
    FROM engagements
);
