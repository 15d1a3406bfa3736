-- What an attempt to erase had found before it removed anything. A worker that is killed between removing and reporting
-- leaves a place in which the next one finds nothing; this is what it knows then.
ALTER TABLE tasks ADD COLUMN announced bigint CHECK (announced >= 0);
