-- An answer reads a thousand spans here and there, and of each column at least one compressed block: with blocks of 16 KiB
-- instead of 64 the traces of a person cost 71 ms of CPU instead of 115, for 3 % more disk (bench/README.md, lineage).
-- Parts that are there keep their blocks until they are merged.
ALTER TABLE {{local:spans}} {{on_cluster}} MODIFY SETTING min_compress_block_size = 16384, max_compress_block_size = 65536
