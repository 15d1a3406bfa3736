-- A jump looks up 256 rows, and a block of 64 KiB, the default, holds thousands of them: with blocks of 4 KiB a look costs
-- half of what it did, for 2 % more on disk (docs/adr/0104-finer-blocks.md).
ALTER TABLE {{local:record_touches}} {{on_cluster}} MODIFY SETTING min_compress_block_size = 4096
