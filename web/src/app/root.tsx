import { useQuery } from '@tanstack/react-query';
import { createRootRoute } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Failure } from '../parts/failure.tsx';
import { SignIn } from '../screens/sign-in.tsx';
import { sessionQuery } from './session.ts';
import { Shell } from './shell.tsx';

/** The sign-in page until somebody is signed in; the address stays, so that a deep link works afterwards. */
function Door() {
  const { data, error, refetch } = useQuery(sessionQuery);
  const [wasSignedIn, setSignedIn] = useState(false);
  useEffect(() => {
    if (data) setSignedIn(true);
  }, [data]);
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (data === undefined) return null;
  return data === null ? <SignIn hasEnded={wasSignedIn} /> : <Shell />;
}

export const root = createRootRoute({ component: Door });
