-- An answer reads a thousand spans here and there, and of each of 24 columns at least one block: of 4 KiB instead of 16 they
-- are an eighth less CPU to read, an eighth less to insert, and 1.5 % more on disk (2.4 % once recompressed). For new parts;
-- the others follow as they are merged (docs/adr/0104-finer-blocks.md).
ALTER TABLE {{local:spans}} {{on_cluster}} MODIFY SETTING min_compress_block_size = 4096
