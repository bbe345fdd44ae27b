/**
 * Whether a LOINC code names a laboratory result or a vital sign: by its number for common tests and panels, else by the form of its long or
 * short name. Says nothing about what a test means.
 *
 * This material contains content from LOINC (http://loinc.org). LOINC is copyright © Regenstrief Institute, Inc. and the Logical Observation
 * Identifiers Names and Codes (LOINC) Committee and is available at no cost under the license at http://loinc.org/license. LOINC® is a
 * registered United States trademark of Regenstrief Institute, Inc. Numbers only; see docs/notices.md.
 */

/** System of LOINC codes in FHIR. */
const LOINC = new Set(['http://loinc.org', 'https://loinc.org', 'urn:oid:2.16.840.1.113883.6.1'])

/** Vital signs of FHIR R4 and US Core, with their panels, components and common ways of measuring. */
const VITALS = new Set(
  `
  8867-4 9279-1 8310-5 8302-2 8306-3 29463-7 3141-9 3142-7 39156-5 85354-9 85353-1 96607-7 96608-5 96609-3 8480-6 8462-4 8478-0 55284-4
  8459-0 8460-8 8461-6 8453-3 8454-1 8455-8 2708-6 59408-5 3151-8 9843-4 8287-5 8289-1 77606-2 59576-9 40443-4 8331-1 8332-9 8333-7 8328-7
  8329-5 8330-3 8334-5 60834-9 60832-3 8889-8 8893-0 8885-6 3137-7 3138-5 8335-2 8341-0 8336-0 8280-0 56086-2 8357-6 8351-9
`
    .trim()
    .split(/\s+/u),
)

/** Panels that laboratories report as one. */
const PANELS = `
  24323-8 51990-0 24320-4 24321-2 24322-0 57698-3 24331-1 58410-2 57021-8 69742-5 24317-0 24356-8 24357-6 50190-8 24362-6 24325-3 24326-1
  24348-5 24336-0 24338-6 24360-0 57782-5 58077-9 24313-9 24363-4 24364-2 34528-0 38875-1 95941-1
`

/** Tests: chemistry, blood, urine, hormones, infections, blood groups. */
const TESTS = `
  2345-7 2339-0 2340-8 14749-6 15074-8 1558-6 1556-0 14771-0 41653-7 2350-7 5792-7 4548-4 17856-6 59261-8 4549-2 41995-2 14959-1 9318-7
  1751-7 2862-1 61151-7 2885-2 2336-6 10834-0 1742-6 1743-4 1920-8 30239-8 6768-6 2324-2 1975-2 14631-6 1968-7 14629-0 1971-1 2532-0
  14804-9 2157-6 13969-1 49551-5 2160-0 14682-9 38483-4 2161-8 14683-7 33914-3 48642-3 48643-1 50044-7 62238-1 69405-9 77147-7 88293-6
  88294-4 98979-8 3094-0 6299-2 14937-7 22664-7 3097-3 3084-1 14933-6 2951-2 2947-0 2823-3 6298-4 2075-0 2069-3 2028-9 1963-8 1959-6 1960-4
  33037-3 1863-0 10466-1 17861-6 2000-8 1994-3 1995-0 12180-6 13959-2 2777-1 14879-1 19123-9 2601-3 1798-8 3040-3 2093-3 14647-2 2085-9
  14646-4 2089-1 13457-7 18262-6 22748-8 18261-8 2571-8 14927-8 43396-1 13458-5 9830-1 11054-4 1884-6 1869-7 10835-7 13965-9 2498-4 14798-3
  2500-7 2502-3 2276-4 24373-3 3034-6 2132-9 14685-2 2284-8 14732-2 2282-2 1989-3 14635-7 35365-6 62292-8 49054-0 2923-1 3016-3 11580-8
  3024-7 14920-3 3026-2 3051-0 3053-6 3050-2 8099-4 8098-6 5385-0 2731-8 2986-8 14913-8 2243-4 14715-7 15067-2 10501-5 2842-3 20568-2
  2839-9 21198-7 19080-1 2106-3 2110-5 2118-8 2119-6 2143-6 14675-3 2141-0 2191-5 1668-3 83098-4 21365-2 2484-4 27873-9 2857-1 35741-8
  10886-0 1834-1 2039-6 24108-3 10334-1 6875-9 17842-6 15061-5 6598-7 10839-9 49563-0 67151-1 89579-7 42757-5 33762-6 30934-4 33763-4
  1988-5 30522-7 71426-1 33959-8 75241-0 4537-7 30341-2 43402-7 11572-5 4498-2 4485-9 5130-0 8061-4 26881-3 718-7 20509-6 30313-1 30350-3
  4544-3 20570-8 4545-0 789-8 26453-1 787-2 30428-7 785-6 28539-5 786-4 28540-3 788-0 21000-5 30384-2 30385-9 6690-2 26464-8 804-5 777-3
  26515-7 778-1 32623-1 28542-9 751-8 26499-4 753-4 770-8 26511-6 23761-0 731-0 26474-7 736-9 26478-8 742-7 26484-6 5905-5 26485-3 711-2
  26449-9 713-8 26450-7 704-7 26444-0 706-2 30180-4 71695-1 38518-7 53115-2 51584-1 58413-6 19048-8 4679-7 17849-1 60474-4 26505-8 764-1
  30229-9 30433-7 18184-2 30444-4 5902-2 6301-6 34714-6 3173-2 14979-9 3255-7 48065-7 48066-5 48058-2 3243-3 3184-9 3289-6 27811-9 27818-4
  882-1 883-9 10331-7 888-8 890-4 1250-0 1007-4 5767-9 5778-6 5770-3 5794-3 5797-6 5799-2 5802-4 5803-2 5804-0 5811-5 2965-2 2514-8 20405-7
  20408-1 20409-9 20454-5 20505-4 57735-3 58450-8 32710-6 33051-4 2756-5 2887-8 2888-6 2889-4 21482-5 5821-4 13945-1 30391-7 46420-6 5787-7
  13654-9 25145-4 12235-8 5796-8 33804-6 9842-6 8247-9 14957-5 14958-3 1754-1 1755-8 13705-9 32294-1 30000-4 89998-9 3665-7 2744-1 2746-6
  11557-6 2019-8 2021-4 2020-6 19255-9 2703-7 19211-2 1925-7 11555-0 1927-3 1922-4 11556-8 2713-6 2714-4 20564-1 2518-9 2524-7 32693-4
  11558-4 5195-3 5196-1 63557-3 16935-9 5193-8 22322-2 10900-9 48159-8 13955-0 16128-1 11011-4 20416-4 13952-7 5048-4 22314-9 31204-1
  32018-4 7905-3 56888-1 7917-8 29893-5 68961-2 25835-0 20447-9 24467-3 14135-8 20606-0 8122-4 20599-7 5292-8 20507-0 31147-2 24110-9
  22461-8 22462-6 6349-5 43304-5 43305-2 21613-5 24111-7 21416-3 77577-5 21440-3 82675-0 10524-7 19765-7 600-7 630-4 624-7 43409-2 6463-4
  6462-6 88262-1 625-4 13317-3 11475-1 664-3 8014-3 25418-5 20403-2 7966-5 22244-8 7962-4 22415-4 8041-6 5403-1 94500-6 94531-1 94558-4
  94559-2 94534-5 95209-3 95406-5 97097-0 94563-4 94564-2 94762-2 80382-5 80383-3 92141-1 92142-9 46082-4 46083-2 76078-5 76080-1 78012-2
  6557-3 2335-8 29771-3 14563-1 57905-2 14564-9 27925-7 56490-6 50196-5 58453-2 3298-7 4086-5 3432-2 3968-5 10535-3 4049-3 14334-7 3719-2
  20578-1 4092-3 35668-3 3948-7 53831-4 3626-9 5643-2 5640-8 19295-5 3349-8 3397-7 3426-4 3879-4 3390-2 19659-2 70155-7 2472-9 2458-8
  2465-3 19113-0 24351-9 33358-3 33944-0 2865-4 2868-8 2871-2 2874-6 1916-6 4024-6 3198-9 3209-4 32309-7 6769-4 7961-6 25428-4 58448-2
  945-6 1018-1 1156-9 42803-7 39469-2 46418-0 77140-2 4535-1 28-1 185-9 267-5 33052-2 2349-9 53963-5 13658-0 29265-6 77354-9 30449-3
  92131-2 92140-3 92139-5 92138-7 92130-4 92134-6 94040-3 14995-5 14996-3 51597-3 30405-5 30383-4 19090-0 18861-5 18862-3 18897-9 18997-7
  18955-5 18928-2 18956-3 32167-9 33765-9 50544-6 11108-8 11150-0 11152-6 5894-1 30240-6 31102-7 2505-6 33893-9 57290-9 57291-7 77636-9
  54447-8 55201-8 75034-9
`

const LABS = new Set(`${PANELS} ${TESTS}`.trim().split(/\s+/u))

const FLUIDS =
  'Blood|Serum|Plasma|Urine|Urine sediment|Stool|Cerebral spinal fluid|Body fluid|Pleural fluid|Peritoneal fluid|Synovial fluid|Amniotic fluid|' +
  'Semen|Saliva|Sputum|Bone marrow|Isolate|Specimen|Unspecified specimen|Respiratory specimen|Platelet poor plasma|Red Blood Cells'
const KINDS = '(?:(?:Arterial|Venous|Capillary|Cord|Mixed venous|Whole|Peripheral|24 hour|Timed|Serum,|Serum or) ?)*'
/** `Glucose [Mass/volume] in Serum or Plasma`, `CBC panel - Blood by Automated count`, `Cephalexin [Susceptibility]`. */
const LONG_NAME = new RegExp(
  `\\[[^\\]]+\\] (?:in|of|from|on) ${KINDS}(?:${FLUIDS}|Tissue|Throat|Nose|Nasopharynx|Genital|Cervix|Vaginal fluid|Wound)\\b|` +
    `\\bpanel - ${KINDS}(?:${FLUIDS})\\b|\\[Susceptibility\\]|` +
    // Without a property in brackets only where nothing but the method follows: "History of Blood transfusion" is no test.
    `\\b(?:in|of) ${KINDS}(?:${FLUIDS})(?: or ${FLUIDS})?(?:$| by | with | --)`,
  'iu',
)
/** `Sodium SerPl-sCnc`, `WBC # Bld Auto`, `Protein Ur Ql Strip`, `Ampicillin Islt MIC`: a specimen, and what is measured of it how. */
const SHORT_NAME =
  /[\s.](?:SerPl|SerPlBld|Ser|Plas|PPP|Bld|BldA|BldV|BldC|BldCo|RBC|Ur|UrnS|CSF|Stl|Body fld|Islt)(?:\s(?:Ql|Qn|Auto|Manual|Strip|Calc|EIA|IA|MIC|Cult)\b|-[A-Za-z]*(?:Cnc|Rto|Imp|Time|Titr|Pres|Prid|Vol|Frac)\b)/u

/** LOINC gives no longer names; a text without end is no name, and would be searched from each of its brackets. */
const LONGEST = 300

/** The class of an Observation by one of its codes; null where the code is not of LOINC, and where neither number nor name tells. */
export function loincClass({
  system,
  code,
  display,
}: {
  system: string
  code: string
  display: string
}): 'labs' | 'vitals' | null {
  if (!LOINC.has(system)) return null
  if (VITALS.has(code)) return 'vitals'
  if (LABS.has(code)) return 'labs'
  const name = display.slice(0, LONGEST)
  return LONG_NAME.test(name) || SHORT_NAME.test(name) ? 'labs' : null
}
