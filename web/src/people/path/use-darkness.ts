import { useSyncExternalStore } from 'react';
import { useTheme } from '../../app/theme.ts';

const system = matchMedia('(prefers-color-scheme: dark)');

/** Whether the page is dark now: as chosen, or as the system is. */
export function useDarkness(): boolean {
  const theme = useTheme();
  const isSystemDark = useSyncExternalStore(
    (changed) => {
      system.addEventListener('change', changed);
      return () => system.removeEventListener('change', changed);
    },
    () => system.matches,
  );
  return theme === 'system' ? isSystemDark : theme === 'dark';
}
