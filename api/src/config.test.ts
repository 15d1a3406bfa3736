import { expect, test } from 'vitest';
import { readApiConfig } from './config.ts';

test('every setting has a default', () => {
  expect(readApiConfig({})).toEqual({ host: '0.0.0.0', port: 4400, closeGraceMs: 15_000, opendsr: null });
  expect(readApiConfig({ VESTIGE_API_PORT: '0', VESTIGE_API_HOST: '' })).toMatchObject({ port: 0, host: '0.0.0.0' });
});

test('all problems are told at once, by name and without the value', () => {
  const read = () => readApiConfig({ VESTIGE_API_PORT: 'hunter2', VESTIGE_API_CLOSE_GRACE_MS: '-1' });
  expect(read).toThrow(/VESTIGE_API_PORT.*VESTIGE_API_CLOSE_GRACE_MS/);
  expect(read).not.toThrow(/hunter2/);
});

test('an OpenDSR processor needs its domain, certificate and key, and says so when one is missing', () => {
  const whole = {
    VESTIGE_OPENDSR_DOMAIN: 'opendsr.example.com',
    VESTIGE_OPENDSR_CERTIFICATE_FILE: 'certificate.pem',
    VESTIGE_OPENDSR_KEY_FILE: 'key.pem',
  };
  expect(readApiConfig(whole).opendsr).toEqual({
    domain: 'opendsr.example.com',
    certificateFile: 'certificate.pem',
    keyFile: 'key.pem',
  });
  for (const name of Object.keys(whole)) {
    expect(() => readApiConfig({ ...whole, [name]: '' })).toThrow('belong together');
  }
});
