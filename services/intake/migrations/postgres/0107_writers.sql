-- What updates a row keeps its plan.
SELECT ledger_writer('cases');
SELECT ledger_writer('policies');
