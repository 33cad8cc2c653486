-- Nothing: a file has one writer, which gives each entry its revision in its own commit.
SELECT 1;
