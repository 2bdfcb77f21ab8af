// The worker's door: messages in, messages out.
import { failureOf } from './failures';
import type { Reply, Request } from './messages';
import { WorkerHost } from './worker_host';

const scope = self as unknown as {
  postMessage(message: Reply, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  addEventListener(name: 'online', listener: () => void): void;
};

const host = new WorkerHost((reply, transfer) => scope.postMessage(reply, transfer ?? []));

scope.onmessage = ({ data }) => {
  host.perform(data).then(
    (value) => scope.postMessage({ id: data.id, value }, value instanceof Uint8Array ? [value.buffer] : []),
    (error: unknown) => scope.postMessage({ id: data.id, failure: failureOf(error) }, []),
  );
};
scope.addEventListener('online', () => host.online());
