/**
 * The S3-compatible server of the tests: moto, from Python's package index. Neither npm nor Debian has a server that keeps
 * object versions and that a test can start.
 *
 * @throws Error that says how to install it
 */
export function s3ServerCommand(): string {
  const command = process.env['TEST_S3_SERVER'];
  if (command) return command;
  throw new Error(
    "This test needs TEST_S3_SERVER: python3 -m venv s3 && s3/bin/pip install 'moto[s3,server]==5.2.5', then TEST_S3_SERVER=s3/bin/moto_server",
  );
}
