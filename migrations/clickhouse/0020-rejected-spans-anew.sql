-- The first form of the table (0007) kept a reason and a few words, which nobody can read a span from again, under an order
-- key that counts a repeated insert twice. Nothing of it can be carried over; it held at most thirty days.
DROP TABLE IF EXISTS {{local:rejected_spans}} {{on_cluster}} SYNC
