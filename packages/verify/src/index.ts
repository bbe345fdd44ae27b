/** Checks a proof that somebody gave away (A4), offline, with nothing but the file and the fingerprints that its reader trusts. */
export { checkEvidence, isEvidenceFile, type EvidenceItem, type EvidenceVerdict } from './check-evidence.ts'
export { checkProof, type Proved, type ProofVerdict, type RefusedProof } from './check-proof.ts'
export { fingerprintsOf, reportOf, type Fingerprint } from './report.ts'
export { checkSigned, isSignedFile, type ProvedSigned, type RefusedSigned, type SignedVerdict } from './check-signed.ts'
export { reportOfEvidence } from './report-evidence.ts'
export { reportOfSigned } from './report-signed.ts'
