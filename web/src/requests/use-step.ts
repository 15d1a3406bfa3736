import { useMutation, useQueryClient } from '@tanstack/react-query';

/**
 * A step of a request: sends it, then asks anew for everything a step may have changed. What was sent is in no cache
 * afterwards.
 */
export function useStep<Input = void, Answer = unknown>(
  send: (input: Input) => Promise<Answer>,
  onDone?: (answer: Answer) => void,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: send,
    gcTime: 0,
    onSuccess: async (answer) => {
      onDone?.(answer);
      await queries.invalidateQueries({ queryKey: ['requests'] });
    },
    // A refusal often means that somebody else was faster.
    onError: () => queries.invalidateQueries({ queryKey: ['requests'] }),
  });
}
