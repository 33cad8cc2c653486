-- What the workshop of each engagement found that stands, and what its newest final summary says, in numbers, with when they were
-- recorded. Read from the states, so that it is never behind them, whichever release writes them.
CREATE VIEW learnt AS
SELECT id AS engagement_id,
    (state #>> '{workshop,stamp,time}')::timestamptz AS workshop_time,
    (SELECT count(*) FROM jsonb_array_elements(findings) AS one WHERE one ->> 'kind' = 'BLOCKER') AS blockers,
    (SELECT count(*) FROM jsonb_array_elements(findings) AS one WHERE one ->> 'kind' = 'CHALLENGE') AS challenges,
    (SELECT count(*) FROM jsonb_array_elements(findings) AS one WHERE one ->> 'kind' = 'CONCERN') AS concerns,
    (summary #>> '{finalized,time}')::timestamptz AS summary_time,
    (SELECT count(*) FROM jsonb_array_elements(summary #> '{content,gaps}') AS one
        WHERE one ->> 'source' = 'DA_ANALYSIS') AS da_analysis,
    (SELECT count(*) FROM jsonb_array_elements(summary #> '{content,gaps}') AS one
        WHERE one ->> 'source' = 'CUSTOMER_DISCUSSION') AS customer_discussion,
    (summary #>> '{content,no_gaps_found}')::boolean::int AS without_gaps,
    (SELECT count(*) FROM jsonb_array_elements(summary #> '{content,remote_support}') AS one
        WHERE one ->> 'kind' = 'DESKTOP_APP_ASSURE') AS desktop_app_assure,
    (SELECT count(*) FROM jsonb_array_elements(summary #> '{content,remote_support}') AS one
        WHERE one ->> 'kind' = 'FASTTRACK_REMOTE_SUPPORT') AS fasttrack_remote_support,
    (SELECT count(*) FROM jsonb_array_elements(summary #> '{content,remote_support}') AS one
        WHERE one ->> 'kind' = 'PARTNER_BENEFITS') AS partner_benefits,
    jsonb_array_length(summary #> '{content,upgrade_plan}') AS business_units
FROM (
    SELECT id, state, state #> '{workshop,what,findings}' AS findings,
        CASE WHEN state #>> '{summary,finalized,time}' IS NULL THEN state #> '{earlier_summaries,-1}'
            ELSE state -> 'summary' END AS summary
    FROM engagements
) AS each_one;
