-- What updates a row keeps its plan.
SELECT ledger_writer('files');
SELECT ledger_writer('tasks');
SELECT ledger_writer('notes');
