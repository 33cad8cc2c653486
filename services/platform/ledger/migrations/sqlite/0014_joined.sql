-- Nothing: what writes to a file joins commits by itself.
SELECT 1;
