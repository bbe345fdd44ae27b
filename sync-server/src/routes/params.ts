/** Path and query parameters of all routes. */
import { Type, type Static } from 'typebox'

const Id = Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' })
const Whole = (maximum: number) => Type.Integer({ minimum: 0, maximum })

export const IdParams = Type.Object({ id: Id })
export type IdParams = Static<typeof IdParams>
export const BlobParams = Type.Object({ id: Id, stream: Id, blob: Id })
export const ChunkParams = Type.Object({ index: Whole(0xffff) })
export const LinkQuery = Type.Object({ link: Type.String({ pattern: '^[A-Za-z0-9_-]{1,1024}$' }) })
export const AfterQuery = Type.Object({ after: Type.Optional(Whole(Number.MAX_SAFE_INTEGER)) })
