/** Categories, scopes or hosts: many short words, each by itself. */
export function Tags({ of }: { of: readonly string[] }) {
  return (
    <span className="tags">
      {of.map((each) => (
        <span key={each} className="tag">
          {each}
        </span>
      ))}
    </span>
  );
}
