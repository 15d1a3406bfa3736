import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { answerOf, api } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { purposeHeader } from '../../app/purpose.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { Failure } from '../../parts/failure.tsx';
import { ListFrame } from '../../parts/list-frame.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { PurposeChip, WithPurpose } from '../../parts/purpose-dialog.tsx';
import { governance } from '../../texts/en-governance.ts';
import { ApprovalBadge } from './approval-badge.tsx';
import { ExposureAnswer } from './exposure-answer.tsx';
import { ExposureForm } from './exposure-form.tsx';
import type { ExposureBody } from './question.ts';
import { targetWords } from './target-words.ts';
import '../parts/parts.css';
import './exposure.css';

const texts = governance.exposure;
const PAGE = 20;

/** Who was affected by a place, a flow or a company between two moments: the question after every incident. */
export function Exposure() {
  const search = useSearch({ from: '/exposure' });
  const queries = useQueryClient();
  const { mutate, data, error, isPending, variables } = useMutation({
    mutationFn: async (body: ExposureBody) => {
      const answer = await answerOf(api.POST('/v1/exposure', { params: { header: purposeHeader() }, body }));
      // Text comes only as it grows, which is not asked for here.
      return answer as components['schemas']['Exposure'];
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['exposures'] }),
    gcTime: 0,
  });
  return (
    <div className="screen">
      <PageHead title={texts.title} lead={texts.lead}>
        <PurposeChip />
      </PageHead>
      <WithPurpose>
        <ExposureForm key={search.node ?? ''} search={search} isPending={isPending} onAsk={mutate} />
      </WithPurpose>
      {error !== null && <Failure error={error} />}
      {isPending && <div className="skeleton rows-wait" />}
      {data && !isPending && <ExposureAnswer answer={data} isFollowed={variables.includeDownstream !== false} />}
      <Asked />
    </div>
  );
}

/** Earlier questions: what whoever approves is waited for with. */
function Asked() {
  const list = useInfiniteQuery({
    queryKey: ['exposures'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/v1/exposure', {
          params: { query: { limit: PAGE, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  return (
    <section className="card scroll-x">
      <header className="card-head">
        <h2>{texts.asked}</h2>
      </header>
      <ListFrame
        of={list}
        rows={list.data?.pages.flatMap(({ items }) => items)}
        empty={<p className="empty soft">{texts.noneAsked}</p>}
      >
        {(rows) => (
          <table className="list dense">
            <thead>
              <tr>
                <th scope="col">{texts.columns.question}</th>
                <th scope="col">{texts.columns.purpose}</th>
                <th scope="col">{texts.columns.askedBy}</th>
                <th scope="col">{texts.columns.asked}</th>
                <th scope="col">{texts.columns.list}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((each) => (
                <tr key={each.id}>
                  <td>
                    <Link to="/exposure/$id" params={{ id: each.id }}>
                      {targetWords(each)}
                    </Link>
                  </td>
                  <td>{each.purpose}</td>
                  <td className="mono">{each.askedBy}</td>
                  <td>
                    <DateTime at={each.askedAt} />
                  </td>
                  <td>
                    <ApprovalBadge approval={each.approval} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </ListFrame>
      {list.hasNextPage && (
        <p className="empty">
          <MoreButton pages={list} label={governance.more} />
        </p>
      )}
    </section>
  );
}
