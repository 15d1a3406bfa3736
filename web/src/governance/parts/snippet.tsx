import { CopyButton } from '../../parts/copy-button.tsx';

/** Lines to copy into a program or a terminal. @param label what is copied, for who cannot see the icon */
export function Snippet({ text, label }: { text: string; label: string }) {
  return (
    <div className="snippet">
      <pre>{text}</pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}
