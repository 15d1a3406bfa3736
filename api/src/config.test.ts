import { expect, test } from 'vitest';
import { readApiConfig } from './config.ts';

test('every setting has a default', () => {
  expect(readApiConfig({})).toEqual({
    host: '0.0.0.0',
    port: 4400,
    closeGraceMs: 15_000,
    skew: { betweenServicesUs: 100_000, withinServiceUs: 0 },
    opendsr: null,
  });
  expect(readApiConfig({ VESTIGE_API_PORT: '0', VESTIGE_API_HOST: '' })).toMatchObject({ port: 0, host: '0.0.0.0' });
});

test('all problems are told at once, by name and without the value', () => {
  const read = () => readApiConfig({ VESTIGE_API_PORT: 'hunter2', VESTIGE_API_CLOSE_GRACE_MS: '-1' });
  expect(read).toThrow(/VESTIGE_API_PORT.*VESTIGE_API_CLOSE_GRACE_MS/);
  expect(read).not.toThrow(/hunter2/);
});

test('clocks may be given more room between services, and not more within one', () => {
  const set = { VESTIGE_CLOCK_SKEW_MS: '500', VESTIGE_CLOCK_SKEW_WITHIN_SERVICE_MS: '5' };
  expect(readApiConfig(set).skew).toEqual({ betweenServicesUs: 500_000, withinServiceUs: 5_000 });
  expect(readApiConfig({ VESTIGE_CLOCK_SKEW_MS: '0' }).skew.betweenServicesUs).toBe(0);
  expect(() => readApiConfig({ VESTIGE_CLOCK_SKEW_MS: '1001' })).toThrow('0 to 1000');
  expect(() => readApiConfig({ VESTIGE_CLOCK_SKEW_WITHIN_SERVICE_MS: '200' })).toThrow('must not be more than');
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
