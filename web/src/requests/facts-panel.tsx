import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useSession } from '../app/session.ts';
import { DateTime } from '../parts/date-time.tsx';
import { requestPage } from '../texts/en-request-page.ts';
import { requestSteps } from '../texts/en-request-steps.ts';
import { requests } from '../texts/en-requests.ts';
import { isOpen, type Request } from './request-queries.ts';

const texts = requestPage.detail.facts;
const grounds: Readonly<Record<string, string>> = requests.grounds;
const refusals: Readonly<Record<string, string>> = requestSteps.refuse.codes;
const methods: Readonly<Record<string, string>> = requestSteps.identity.methods;
const levels: Readonly<Record<string, string>> = requestSteps.identity.levels;

/** What stands fast about a request, and by whom. */
export function FactsPanel({ request }: { request: Request }) {
  const { identity, approval, refusal, suppression, duplicateOf } = request;
  // What never came about in a request that has ended is no fact of it.
  const open = isOpen(request.state);
  return (
    <section className="card panel" aria-labelledby="facts">
      <h2 id="facts" className="sr-only">
        {texts.title}
      </h2>
      <dl className="request-facts wide">
        <Fact name={texts.regime}>{requests.regimes[request.regime]}</Fact>
        {request.ground !== null && <Fact name={texts.ground}>{grounds[request.ground] ?? request.ground}</Fact>}
        {request.purposes.length > 0 && <Fact name={texts.purposes}>{request.purposes.join(', ')}</Fact>}
        <Fact name={texts.filed}>
          <DateTime at={request.filedAt} /> <Actor actor={request.filedBy} />
        </Fact>
        {(identity !== null || open) && (
          <Fact name={texts.identity}>
            {identity === null ? (
              texts.notIdentified
            ) : (
              <>
                {methods[identity.method] ?? identity.method} ({levels[identity.assurance] ?? identity.assurance}){' '}
                <Actor actor={identity.by} />
              </>
            )}
          </Fact>
        )}
        {(approval !== null || open) && (
          <Fact name={texts.approval}>
            {approval === null ? (
              texts.notApproved
            ) : (
              <>
                <DateTime at={approval.at} /> <Actor actor={approval.by} />
                {approval.singleKey && <span className="tone-warn"> {texts.singleKey}</span>}
              </>
            )}
          </Fact>
        )}
        {suppression !== null && (
          <Fact name={texts.suppression}>{suppression.done ? texts.suppressed : texts.suppressing}</Fact>
        )}
        {duplicateOf !== null && (
          <Fact name={texts.duplicateOf}>
            <Link to="/requests/$requestId" params={{ requestId: duplicateOf }} className="mono">
              {duplicateOf.slice(0, 8)}
            </Link>
          </Fact>
        )}
        {refusal !== null && (
          <>
            <Fact name={texts.refusal}>
              {refusals[refusal.code] ?? refusal.code}
              {refusal.evidence !== undefined && <span className="soft">: {refusal.evidence}</span>}
            </Fact>
            <Fact name={texts.authority}>{refusal.complaintAuthority}</Fact>
          </>
        )}
        {request.endedAt !== null && (
          <Fact name={texts.ended}>
            <DateTime at={request.endedAt} />
          </Fact>
        )}
      </dl>
    </section>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Who did it, as the log knows them; the reader themself is called so. */
export function Actor({ actor }: { actor: string }) {
  const session = useSession();
  const isMe = session !== null && session !== undefined && actor === `key:${session.id}`;
  return (
    <span className="actor" title={actor}>
      {isMe ? texts.you : <span className="mono">{actor.replace(/^key:/, '')}</span>}
    </span>
  );
}
