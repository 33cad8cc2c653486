-- Nothing: an update keeps its plan by its text.
SELECT 1;
