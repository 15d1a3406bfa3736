import { Link } from '@tanstack/react-router';
import { ApiError } from '../api/client.ts';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { texts } from '../texts/en.ts';

/** A screen that failed to draw; the way around stays usable. What happened is not shown: it may quote what was drawn. */
export function BrokenScreen({ error, reset }: { error: unknown; reset: () => void }) {
  if (error instanceof ApiError) return <Failure error={error} again={reset} />;
  return (
    <div className="screen">
      <PageHead title={texts.broken.title} lead={texts.broken.lead} />
      <p>
        <button type="button" className="button" onClick={() => location.reload()}>
          {texts.broken.reload}
        </button>
      </p>
    </div>
  );
}

/** An address that no screen has. */
export function NoSuchScreen() {
  return (
    <div className="screen">
      <PageHead title={texts.nowhere.title} lead={texts.nowhere.lead} />
      <p>
        <Link to="/" className="button plain">
          {texts.nowhere.home}
        </Link>
      </p>
    </div>
  );
}

/** While the code of a screen is on its way. */
export function ComingScreen() {
  return (
    <div className="screen" aria-busy="true">
      <span className="sr-only">{texts.loading}</span>
      <div className="skeleton title-wait" />
      <div className="skeleton block-wait" />
    </div>
  );
}
