/** What the routes of each surface are given. */
import type { FastifyRequest } from 'fastify'
import type { Gate, View } from './access/view.ts'
import type { PageStore } from './fhir/pages.ts'

export interface Surface {
  gate: Gate
  pages: PageStore
  /** The base of FHIR, without a slash at its end. */
  base(request: FastifyRequest): string
  /** W1, W12: what the token of this request may see. */
  view(request: FastifyRequest): Promise<View>
  /** Names the token of a request for pages and limits; never shown. */
  owner(view: View): string
}
