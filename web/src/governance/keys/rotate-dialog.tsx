import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/failure.tsx';
import { texts as common } from '../../texts/en.ts';
import { governance } from '../../texts/en-governance.ts';
import type { ApiKey } from './key-state.ts';
import type { MadeKey } from './new-key-dialog.tsx';

const texts = governance.keys.rotate;
/** At most a day (store/src/control/tenant-store.ts). */
const OVERLAPS_S = [0, 600, 3_600, 86_400] as const;

export function RotateDialog({
  apiKey,
  onMade,
  onClose,
}: {
  apiKey: ApiKey;
  onMade: (key: MadeKey) => void;
  onClose: () => void;
}) {
  const [overlapSeconds, setOverlap] = useState<number>(3_600);
  const { mutate, error, isPending } = useMutation({
    gcTime: 0,
    mutationFn: async (): Promise<MadeKey> => {
      const path = { keyId: apiKey.id };
      const body = { overlapSeconds };
      const { key } = await answerOf(api.POST('/v1/api-keys/{keyId}/rotate', { params: { path }, body }));
      return { name: apiKey.name, secret: key };
    },
    onSuccess: onMade,
  });
  return (
    <Dialog open onClose={onClose} title={texts.title(apiKey.name)} lead={<p className="soft">{texts.lead}</p>}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          mutate();
        }}
      >
        <label className="field">
          <span>{texts.overlap}</span>
          <select value={overlapSeconds} onChange={({ target }) => setOverlap(OVERLAPS_S[target.selectedIndex] ?? 0)}>
            {OVERLAPS_S.map((seconds) => (
              <option key={seconds} value={seconds}>
                {texts.overlaps[seconds]}
              </option>
            ))}
          </select>
        </label>
        {error !== null && <Failure error={error} />}
        <footer>
          <button type="button" className="button plain" onClick={onClose}>
            {common.parts.cancel}
          </button>
          <button type="submit" className="button" disabled={isPending}>
            {texts.action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
