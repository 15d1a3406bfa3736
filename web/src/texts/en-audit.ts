/** Every sentence of the audit log and of what a page verifies by itself. */
export const audit = {
  title: 'Audit log',
  lead: 'Every change, approval and look at a person. What is written here cannot be taken back unnoticed, and this page checks that itself.',

  checks: {
    label: 'What this page has checked',
    names: {
      form: 'The file is whole',
      issuer: 'The issuer has signed it',
      logged: 'The log holds its hash',
      included: 'The entry is in the log',
      promised: 'The log has signed its promise',
      one_log: 'Certificate and log belong together',
      kept: 'The log continues what you saw before',
    },
    holds: {
      form: 'It is written byte for byte as it was signed.',
      issuer: 'The signature belongs to this text and to the key of the issuer.',
      logged: 'The entry of the log names this certificate and the hash of exactly these bytes.',
      included: 'The hashes of the proof lead from the entry to the root hash of the checkpoint.',
      promised: 'The checkpoint is signed by a key of the log.',
      one_log: 'The certificate names the log that the proof is from.',
      kept: 'The log of today begins with the whole log of then: nothing was changed, dropped or moved.',
    },
    broken: {
      form: 'It is no certificate, or was changed or reformatted after it was signed.',
      issuer: 'The signature does not belong to this text: something in it was changed.',
      logged: 'The log holds the hash of another file: this one was changed after it was issued.',
      included: 'The proof does not lead from the entry to the checkpoint: one of them was changed.',
      promised: 'A signature does not belong to this checkpoint: it was changed.',
      one_log: 'The proof is of another log than the certificate names.',
      kept: 'The log of today does not begin with the log of then: it was rewritten or cut off. Keep both checkpoints and ask the operator.',
    },
    unchecked: {
      no_browser:
        'This browser cannot check it: it needs a secure page (HTTPS) and Ed25519, which browsers have since 2025. `vestige audit verify` checks it anywhere.',
      other_key: 'It was signed by a key that is not among those at hand. Ask the issuer for the key of that time.',
      no_key: 'No key to check it with: your API key may not read it, or none was given.',
      no_proof: 'The proof file (.tlog-proof) is missing.',
      nothing_kept: 'Nothing was kept in this browser yet. It remembers from now on.',
    },
    verdicts: {
      holds: 'It holds',
      broken: 'It does not hold',
      unproven: 'Not fully proven',
    },
    states: { holds: 'holds', broken: 'does not hold', unchecked: 'not checked' },
  },

  certificate: {
    verify: 'Verify in this page',
    verifying: 'Verifying…',
    again: 'Verify again',
    entry: (index: number, size: number) => `Entry ${index} of a log that promised ${size} entries`,
    origin: 'Log',
    trust:
      'The keys came from this server. To trust nobody, compare them with the ones you were given on another way, or give those below.',
  },
} as const;
