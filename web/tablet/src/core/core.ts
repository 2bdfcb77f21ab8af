// What the pages know of the client core: typed calls, and errors with a reason and texts for people. That it runs in a worker is not
// their business.
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { ClientService } from '@dudao/shared/gen/dudao/client/v1/client_pb';

export { CoreError } from './core_client';

export type Method<I extends DescMessage, O extends DescMessage> = DescMethodUnary<I, O>;

export interface Core {
  call<I extends DescMessage, O extends DescMessage>(method: Method<I, O>, request?: MessageInitShape<I>): Promise<MessageShape<O>>;
}

export const api = ClientService.method;
