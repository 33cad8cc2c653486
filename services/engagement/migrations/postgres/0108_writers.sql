-- What updates a row keeps its plan.
SELECT ledger_writer('engagements');
