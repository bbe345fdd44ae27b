/**
 * What an RxDB collection keeps of its documents after it was closed: queries with their results, documents, recent
 * events. RxDB lets go of them when its idle work has run, which in a hidden tab may take long; a locked store must not wait.
 */
import type { RxCollection } from 'rxdb'

/** Empties the caches of a closed collection (RxDB 17.6; fields that a later version lacks are passed over). */
export function emptyCaches<T>({ _queryCache, _docCache, _changeEventBuffer }: RxCollection<T>): void {
  for (const query of _queryCache?._map.values() ?? []) Object.assign(query, { _result: null, _lastExecStart: 0 })
  _queryCache?._map.clear()
  _docCache?.cacheItemByDocId.clear()
  _docCache?.tasks.clear()
  if (_changeEventBuffer) Object.assign(_changeEventBuffer, { buffer: [], tasks: new Set() })
}
