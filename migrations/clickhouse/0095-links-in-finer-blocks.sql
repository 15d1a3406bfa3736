-- Who links to a trace is looked up as jumps are, 256 rows at a time (0094, docs/adr/0104-finer-blocks.md).
ALTER TABLE {{local:links_in}} {{on_cluster}} MODIFY SETTING min_compress_block_size = 4096
