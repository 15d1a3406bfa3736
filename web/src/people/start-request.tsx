import { Link } from '@tanstack/react-router';
import { Inbox } from 'lucide-react';
import { may, useSession } from '../app/session.ts';
import { people } from '../texts/en-people.ts';

/** To the form for a new request, about this person. */
export function StartRequest({ subjectId }: { subjectId: string }) {
  const session = useSession();
  if (!session || !may(session, 'requests:write')) return null;
  return (
    <Link to="/requests/new" search={{ subject: subjectId }} className="button">
      <Inbox size={16} aria-hidden="true" />
      {people.person.request}
    </Link>
  );
}
