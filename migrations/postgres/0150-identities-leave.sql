-- What leads from a token to a random id leaves when nothing is left that it leads to (GDPR Art. 5(1)(e)). `look_at`: when
-- it is looked next whether anything about the person is left; at first when whatever came in on the first day has left by
-- age. Who was there before this file is looked at as late as somebody new: a constant default rewrites no row.
ALTER TABLE subjects ADD COLUMN look_at timestamptz NOT NULL DEFAULT now() + interval '431 days';
-- Since when tokens no longer lead here, because nothing was left. A day later, when nobody can still write under the id, it
-- is looked once more, and then the row goes. `retired` of an alias without it is an erasure.
ALTER TABLE subjects ADD COLUMN left_at timestamptz;
CREATE INDEX subjects_by_look ON subjects (tenant, look_at);
GRANT UPDATE (look_at, left_at) ON subjects TO vestige_app;
