import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { savePrinted } from './printed-spans.mjs';

/** The protocol's SDK for Rust; needs `cargo`, and builds into `CARGO_TARGET_DIR`. */
const manifest = path.join(import.meta.dirname, 'a2a-rust/Cargo.toml');
const out = execFileSync('cargo', ['run', '--quiet', '--manifest-path', manifest], { encoding: 'utf8' });
savePrinted({ name: 'a2a-rust', server: 'in the same process', whole: true }, out);
