import { CopyButton } from '../../parts/copy-button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { governance } from '../../texts/en-governance.ts';
import type { MadeKey } from './new-key-dialog.tsx';

const texts = governance.keys.secret;

/** The one time that a secret is seen. It is in no storage and no cache; closing the dialog forgets it. */
export function SecretDialog({ made, onClose }: { made: MadeKey; onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={texts.title(made.name)} lead={<p>{texts.lead}</p>}>
      <div className="snippet secret">
        <pre>{made.secret}</pre>
        <CopyButton text={made.secret} label={texts.copy} />
      </div>
      <footer>
        <button type="button" className="button" onClick={onClose}>
          {texts.done}
        </button>
      </footer>
    </Dialog>
  );
}
