import { useMutation } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { Failure } from '../parts/failure.tsx';
import { audit } from '../texts/en-audit.ts';
import { checkCertificate } from './check-certificate.ts';
import { CheckList, VerdictLine } from './check-list.tsx';
import { readCertificate } from './read-evidence.ts';

const texts = audit.certificate;

/** Fetches a request's certificate with its proof and verifies both in the page, when asked to. */
export function CertificateVerification({ requestId }: { requestId: string }) {
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: async () => checkCertificate(await readCertificate(requestId)),
  });
  return (
    <div className="certificate-checks">
      {data && <VerdictLine checks={data.checks} />}
      {data && <CheckList checks={data.checks} />}
      {data?.proven && (
        <p className="faint">
          {texts.entry(data.proven.index, data.proven.size)} · <span className="mono">{data.proven.origin}</span>
        </p>
      )}
      {data && <p className="soft">{texts.trust}</p>}
      {error !== null && <Failure error={error} />}
      <button type="button" className="button plain" disabled={isPending} onClick={() => mutate()}>
        <ShieldCheck size={16} aria-hidden="true" />
        {isPending ? texts.verifying : data ? texts.again : texts.verify}
      </button>
    </div>
  );
}
