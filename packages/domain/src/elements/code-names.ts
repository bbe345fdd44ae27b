/**
 * Names of common codes, for records that bring a code without words. Shown, never written. Ingredients of RxNorm, all CVX
 * codes, common LOINC codes, and the codes of SNOMED CT that the International Patient Summary prescribes for "none known".
 *
 * RxNorm and CVX: names of the National Library of Medicine and the CDC, in the public domain. This material contains
 * content from LOINC (http://loinc.org). LOINC is copyright © Regenstrief Institute, Inc. and the Logical Observation
 * Identifiers Names and Codes (LOINC) Committee and is available at no cost under the license at http://loinc.org/license.
 * LOINC® is a registered United States trademark of Regenstrief Institute, Inc. Sources: docs/notices.md.
 *
 * Long because nearly all of it is the table itself.
 */
import { plainSystem } from './notation.ts'

/** A code and its name on each line. */
const LOINC = `718-7 Hemoglobin [Mass/volume] in Blood
777-3 Platelets [#/volume] in Blood by Automated count
785-6 MCH [Entitic mass] by Automated count
786-4 MCHC [Mass/volume] by Automated count
787-2 MCV [Entitic volume] by Automated count
788-0 Erythrocyte distribution width [Ratio] by Automated count
789-8 Erythrocytes [#/volume] in Blood by Automated count
882-1 ABO and Rh group [Type] in Blood
883-9 ABO group [Type] in Blood
1558-6 Fasting glucose [Mass/volume] in Serum or Plasma
1742-6 Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma
1751-7 Albumin [Mass/volume] in Serum or Plasma
1920-8 Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma
1968-7 Bilirubin.direct [Mass/volume] in Serum or Plasma
1975-2 Bilirubin.total [Mass/volume] in Serum or Plasma
1988-5 C reactive protein [Mass/volume] in Serum or Plasma
2028-9 Carbon dioxide, total [Moles/volume] in Serum or Plasma
2069-3 Chloride [Moles/volume] in Blood
2075-0 Chloride [Moles/volume] in Serum or Plasma
2085-9 Cholesterol in HDL [Mass/volume] in Serum or Plasma
2089-1 Cholesterol in LDL [Mass/volume] in Serum or Plasma
2093-3 Cholesterol [Mass/volume] in Serum or Plasma
2132-9 Cobalamin (Vitamin B12) [Mass/volume] in Serum or Plasma
2160-0 Creatinine [Mass/volume] in Serum or Plasma
2276-4 Ferritin [Mass/volume] in Serum or Plasma
2284-8 Folate [Mass/volume] in Serum or Plasma
2324-2 Gamma glutamyl transferase [Enzymatic activity/volume] in Serum or Plasma
2339-0 Glucose [Mass/volume] in Blood
2345-7 Glucose [Mass/volume] in Serum or Plasma
2498-4 Iron [Mass/volume] in Serum or Plasma
2571-8 Triglyceride [Mass/volume] in Serum or Plasma
2708-6 Oxygen saturation in Arterial blood
2777-1 Phosphate [Mass/volume] in Serum or Plasma
2823-3 Potassium [Moles/volume] in Serum or Plasma
2857-1 Prostate specific Ag [Mass/volume] in Serum or Plasma
2885-2 Protein [Mass/volume] in Serum or Plasma
2947-0 Sodium [Moles/volume] in Blood
2951-2 Sodium [Moles/volume] in Serum or Plasma
3016-3 Thyrotropin [Units/volume] in Serum or Plasma
3024-7 Thyroxine (T4) free [Mass/volume] in Serum or Plasma
3084-1 Urate [Mass/volume] in Serum or Plasma
3094-0 Urea nitrogen [Mass/volume] in Serum or Plasma
3141-9 Body weight Measured
4537-7 Erythrocyte sedimentation rate by Westergren method
4544-3 Hematocrit [Volume Fraction] of Blood by Automated count
4548-4 Hemoglobin A1c/Hemoglobin.total in Blood
5048-4 Nuclear Ab [Titer] in Serum by Immunofluorescence
5195-3 Hepatitis B virus surface Ag [Presence] in Serum
5778-6 Color of Urine
5792-7 Glucose [Mass/volume] in Urine by Test strip
5803-2 pH of Urine by Test strip
5811-5 Specific gravity of Urine by Test strip
5902-2 Prothrombin time (PT)
6298-4 Potassium [Moles/volume] in Blood
6299-2 Urea nitrogen [Mass/volume] in Blood
6301-6 INR in Platelet poor plasma by Coagulation assay
6598-7 Troponin T.cardiac [Mass/volume] in Serum or Plasma
6690-2 Leukocytes [#/volume] in Blood by Automated count
6768-6 Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma
8287-5 Head Occipital-frontal circumference by Tape measure
8302-2 Body height
8310-5 Body temperature
8331-1 Oral temperature
8462-4 Diastolic blood pressure
8478-0 Mean blood pressure
8480-6 Systolic blood pressure
8867-4 Heart rate
9279-1 Respiratory rate
9318-7 Albumin/Creatinine [Mass Ratio] in Urine
9843-4 Head Occipital-frontal circumference
10331-7 Rh [Type] in Blood
10834-0 Globulin [Mass/volume] in Serum by calculation
10839-9 Troponin I.cardiac [Mass/volume] in Serum or Plasma
11488-4 Consult note
11502-2 Laboratory report
11506-3 Progress note
13457-7 Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation
14646-4 Cholesterol in HDL [Moles/volume] in Serum or Plasma
14647-2 Cholesterol [Moles/volume] in Serum or Plasma
14682-9 Creatinine [Moles/volume] in Serum or Plasma
14749-6 Glucose [Moles/volume] in Serum or Plasma
14927-8 Triglyceride [Moles/volume] in Serum or Plasma
14959-1 Microalbumin/Creatinine [Mass Ratio] in Urine
17861-6 Calcium [Mass/volume] in Serum or Plasma
18262-6 Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay
18748-4 Diagnostic imaging study
18842-5 Discharge summary
20565-8 Carbon dioxide, total [Moles/volume] in Blood
20570-8 Hematocrit [Volume Fraction] of Blood
21000-5 Erythrocyte distribution width [Entitic volume] by Automated count
22322-2 Hepatitis B virus surface Ab [Presence] in Serum
22748-8 Cholesterol in LDL [Moles/volume] in Serum or Plasma
24321-2 Basic metabolic 2000 panel - Serum or Plasma
24323-8 Comprehensive metabolic 2000 panel - Serum or Plasma
24331-1 Lipid 1996 panel - Serum or Plasma
29463-7 Body weight
32207-3 Platelet distribution width [Entitic volume] in Blood by Automated count
32623-1 Platelet mean volume [Entitic volume] in Blood by Automated count
34111-5 Emergency department Note
34117-2 History and physical note
34133-9 Summary of episode note
38483-4 Creatinine [Mass/volume] in Blood
39156-5 Body mass index (BMI) [Ratio]
40443-4 Heart rate --resting
49765-1 Calcium [Mass/volume] in Blood
51847-2 Evaluation + Plan note
51990-0 Basic metabolic panel - Blood
57021-8 CBC W Auto Differential panel - Blood
57133-1 Referral note
57698-3 Lipid panel with direct LDL - Serum or Plasma
59261-8 Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol
59408-5 Oxygen saturation in Arterial blood by Pulse oximetry
60591-5 Patient summary Document
72166-2 Tobacco smoking status
77606-2 Weight-for-length Per age and sex
85354-9 Blood pressure panel with all children optional
94500-6 SARS-CoV-2 (COVID-19) RNA [Presence] in Respiratory system specimen by NAA with probe detection`

const CVX = `01 DTP
02 OPV
03 MMR
04 M/R
05 measles
06 rubella
07 mumps
08 Hep B, adolescent or pediatric
09 Td (adult), adsorbed
10 IPV
11 pertussis
15 influenza, split (incl. purified surface antigen)
16 influenza, whole
17 Hib, unspecified formulation
18 Rabies, intramuscular injection
20 DTaP
21 varicella
22 DTP-Hib
25 Typhoid oral, live, attenuated
26 cholera, unspecified formulation
28 DT (pediatric)
31 Hep A, pediatric, unspecified formulation
32 meningococcal MPSV4
33 pneumococcal polysaccharide PPV23
35 tetanus toxoid, adsorbed
37 Yellow Fever
38 rubella/mumps
39 Japanese encephalitis SC
40 rabies, intradermal injection
41 typhoid, parenteral
42 Hep B, adolescent/high risk infant
43 Hep B, adult
44 Hep B, dialysis
45 Hep B, unspecified formulation
46 Hib (PRP-D)
47 Hib (HbOC)
48 Hib (PRP-T)
49 Hib (PRP-OMP)
50 DTaP-Hib
51 Hib-Hep B
52 Hep A, adult
53 typhoid, parenteral, AKD (U.S. military)
56 Dengue Fever
62 HPV, quadrivalent
74 rotavirus, tetravalent
75 vaccinia - smallpox
77 Tick-borne encephalitis vaccine (non-US)
83 Hep A, ped/adol, 2 dose
84 Hep A, ped/adol, 3 dose
85 Hep A, unspecified formulation
88 influenza, unspecified formulation
89 polio, unspecified formulation
90 Rabies, unspecified formulation
91 typhoid, unspecified formulation
94 MMRV
100 pneumococcal conjugate PCV 7
101 Typhoid capsular polysaccharide
102 DTP-Hib-Hep B
103 meningococcal C conjugate
104 Hep A-Hep B
105 vaccinia - smallpox diluted
106 DTaP, 5 pertussis antigens
107 DTaP, unspecified formulation
108 meningococcal, unspecified formulation
109 pneumococcal, unspecified formulation
110 DTaP-Hep B-IPV
111 influenza, live, trivalent, intranasal
112 tetanus toxoid, unspecified formulation
113 Td (adult) preservative free
114 meningococcal MCV4P
115 Tdap
116 rotavirus, pentavalent
118 HPV, bivalent
119 rotavirus, monovalent
120 DTaP-Hib-IPV
121 Zoster live
122 rotavirus, unspecified formulation
129 Japanese Encephalitis, unspecified formulation
130 DTaP-IPV
132 DTaP-IPV-HIB-HEP B, historical
133 Pneumococcal conjugate PCV 13
134 Japanese Encephalitis, VC
135 Influenza, high dose, trivalent, PF
136 Meningococcal MCV4O
137 HPV, unspecified formulation
138 Td (adult)
139 Td(adult) unspecified formulation
140 Influenza, split virus, trivalent, PF
141 Influenza, split virus, trivalent, preservative
142 tetanus toxoid, not adsorbed
144 influenza, seasonal, intradermal, preservative free
146 DTaP, IPV, Hib, HepB
147 meningococcal MCV4, unspecified formulation
148 Meningococcal C/Y-HIB PRP
149 Influenza, live, quadrivalent, intranasal
150 Influenza, split virus, quadrivalent, PF
151 influenza, nasal, unspecified formulation
152 Pneumococcal Conjugate, unspecified formulation
153 Influenza, MDCK, trivalent, PF
155 Influenza, recombinant, trivalent, PF
158 Influenza, split virus, quadrivalent, preservative
161 Influenza, injectable, quadrivalent, preservative free, pediatric
162 Meningococcal B, recombinant
163 Meningococcal B, OMV
164 meningococcal B, unspecified
165 HPV9
166 influenza, intradermal, quadrivalent, preservative free
167 meningococcal, unknown serogroups
168 Influenza, adjuvanted, trivalent, PF
169 Hep A, live attenuated
170 DTAP/IPV/HIB - non-US
171 Influenza, MDCK, quadrivalent, PF
172 cholera, WC-rBS
173 cholera, BivWC
174 cholera, live attenuated
175 Rabies - IM Diploid cell culture
176 Rabies - IM fibroblast culture
177 pneumococcal conjugate PCV10
178 OPV bivalent
179 OPV ,monovalent, unspecified
182 OPV, Unspecified
183 Yellow fever vaccine - alt
184 Yellow fever, unspecified formulation
185 Influenza, recombinant, quadrivalent, PF
186 Influenza, MDCK, quadrivalent, preservative
187 zoster recombinant
188 zoster, unspecified formulation
189 Hep B, adjuvanted
190 Typhoid conjugate vaccine (TCV)
191 meningococcal A polysaccharide
192 meningococcal AC polysaccharide
193 Hep A-Hep B, pediatric/adolescent
194 Influenza, Southern Hemisphere, unspecified formulation
195 DT, IPV adsorbed
196 Td, adsorbed, preservative free, adult use, Lf unspecified
197 Influenza, high-dose, quadrivalent, PF
198 DTP-HepB-Hib Pentavalent Non-US
200 Influenza, Southern Hemisphere, pediatric, preservative free
201 Influenza, Southern Hemisphere, preservative free
202 Influenza, Southern Hemisphere, quadrivalent, with preservative
203 Meningococcal Polysaccharide groups A, C, Y, W-135 TT Conjugate
204 Ebola Zaire Vaccine, Live
205 Influenza, adjuvanted, quadrivalent, PF
206 vaccinia - smallpox mpox vaccine live, PF
207 COVID-19, mRNA, LNP-S, PF, 100 mcg/0.5 mL dose
208 COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose
210 COVID-19 vaccine, vector-nr, rS-ChAdOx1, PF, 0.5 mL
211 COVID-19 vaccine, Subunit, rS-nanoparticle+Matrix-M1 Adjuvant, PF, 0.5 mL
212 SARS-COV-2 (COVID-19) vaccine, vector non-replicating, recombinant spike protein-Ad26, preservative free, 0.5 mL
213 SARS-COV-2 (COVID-19), vaccine Unspecified Formulation
214 Ebola, Unspecified
215 Pneumococcal conjugate PCV 15
216 Pneumococcal conjugate PCV 20
217 COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose, tris-sucrose
218 COVID-19, mRNA, LNP-S, PF, 10 mcg/0.2 mL dose, tris-sucrose
219 COVID-19, mRNA, LNP-S, PF, 3 mcg/0.2 mL dose, tris-sucrose
220 HepB recombinant, 3-antigen, Al(OH)3
221 COVID-19, mRNA, LNP-S, PF, 50 mcg/0.5 mL dose
222 Tick-borne encephalitis, unspecified
223 Tick-borne encephalitis, inactivated, PF, 0.25mL
224 Tick-borne encephalitis, inactivated, PF, 0.5mL
227 COVID-19, mRNA, LNP-S, PF, pediatric 50 mcg/0.5 mL dose
228 COVID-19, mRNA, LNP-S, PF, pediatric 25 mcg/0.25 mL dose
229 COVID-19, mRNA, LNP-S, bivalent, PF, 50 mcg/0.5 mL or 25 mcg/0.25 mL dose
230 COVID-19, mRNA, LNP-S, bivalent, PF, 10 mcg/0.2 mL
231 influenza, Southern Hemisphere, high-dose, quadrivalent
300 COVID-19, mRNA, LNP-S, bivalent, PF, 30 mcg/0.3 mL dose
301 COVID-19, mRNA, LNP-S, bivalent, PF, 10 mcg/0.2 mL dose
302 COVID-19, mRNA, LNP-S, bivalent, PF, 3 mcg/0.2 mL dose
303 RSV, recombinant, protein subunit RSVpreF, adjuvant reconstituted, 0.5 mL, PF
304 Respiratory syncytial virus (RSV), unspecified
305 RSV, bivalent, protein subunit RSVpreF, diluent reconstituted, 0.5 mL, PF
306 RSV, mAb, nirsevimab-alip, 0.5 mL, neonate to 24 months
307 RSV, mAb, nirsevimab-alip, 1.0 mL, neonate to 24 months
308 COVID-19, mRNA, LNP-S, PF, tris-sucrose, 3 mcg/0.3 mL
309 COVID-19, mRNA, LNP-S, PF, tris-sucrose, 30 mcg/0.3 mL
310 COVID-19, mRNA, LNP-S, PF, tris-sucrose, 10 mcg/0.3 mL
311 COVID-19, mRNA, LNP-S, PF, 25 mcg/0.25 mL
312 COVID-19, mRNA, LNP-S, PF, 50 mcg/0.5 mL
313 COVID-19, subunit, rS-nanoparticle, adjuvanted, PF, 5 mcg/0.5 mL
314 Respiratory syncytial virus (RSV) vaccine, unspecified
315 Respiratory syncytial virus (RSV) monoclonal antibody (MAB), unspecified 
316 meningococcal polysaccharide (MenACWY-TT conjugate), (MenB), PF
317 Chikungunya live attenuated vaccine, 0.5 mL, PF
320 Influenza, MDCK, trivalent, preservative
324 Poliovirus, inactivated, fractional-dose (fIPV)
325 Vaccinia (smallpox, mpox), unspecified
326 RSV, mRNA, injectable, PF
327 Pneumococcal conjugate PCV 21
328 Meningococcal oligosaccharide (MenACWY), (MenB), PF
329 Chikungunya, VLP, recombinant, 0.8 mL, PF
330 Dengue Fever, Unspecified
331 Influenza, Southern Hemisphere, trivalent, PF
332 RSV, mAb, clesrovimab-cfor, 0.7 mL, neonate and infant, PF
333 Influenza, live, trivalent, intranasal, self/caregiver admin, PF
334 COVID-19, mRNA, LNP-S, PF, 10 mcg/0.2 mL
500 COVID-19 Non-US Vaccine, Product Unknown
501 COVID-19 IV Non-US Vaccine (QAZCOVID-IN)
502 COVID-19 IV Non-US Vaccine (COVAXIN)
503 COVID-19 LAV Non-US Vaccine (COVIVAC)
504 COVID-19 VVnr Non-US Vaccine (Sputnik Light)
505 COVID-19 VVnr Non-US Vaccine (Sputnik V)
506 COVID-19 VVnr Non-US Vaccine (CanSino Biological Inc./Beijing Institute of Biotechnology)
507 COVID-19 PS Non-US Vaccine (Anhui Zhifei Longcom Biopharmaceutical + Institute of Microbiology Chinese academy of Sciences)
508 COVID-19 PS Non-US Vaccine (Jiangsu Province Centers for Disease Control and Prevention)
509 COVID-19 PS Non-US Vaccine (EpiVacCorona)
510 COVID-19 IV Non-US Vaccine (BIBP, Sinopharm)
511 COVID-19 IV Non-US Vaccine (CoronaVac, Sinovac)
512 COVID-19 VLP Non-US Vaccine (Medicago, Covifenz)
513 COVID-19 PS Non-US Vaccine (Anhui Zhifei Longcom, Zifivax)
514 COVID-19 DNA Non-US Vaccine (Zydus Cadila, ZyCoV-D)
515 COVID-19 PS Non-US Vaccine (Medigen, MVC-COV1901)
516 COVID-19 Inactivated Non-US Vaccine (Minhai Biotechnology Co, KCONVAC)
517 COVID-19 PS Non-US Vaccine (Biological E Limited, Corbevax)
518 COVID-19 Inactivated Non-US Vaccine (VLA2001, Valneva)
519 COVID-19 mRNA, bivalent, original/Omicron BA.1 Non-US Vaccine Product (Spikevax Bivalent), Moderna
520 COVID-19 mRNA, bivalent, original/Omicron BA.1 Non-US Vaccine Product (Comirnaty Bivalent), Pfizer-BioNTech
521 COVID-19 SP, protein-based, adjuvanted (VidPrevtyn Beta), Sanofi-GSK`

const RXNORM = `103 mercaptopurine
154 acenocoumarol
161 acetaminophen
435 albuterol
448 ethanol
519 allopurinol
704 amitriptyline
723 amoxicillin
733 ampicillin
1191 aspirin
1256 azathioprine
1886 caffeine
1998 captopril
2002 carbamazepine
2020 carbimazole
2101 carisoprodol
2193 ceftriaxone
2231 cephalexin
2348 chloramphenicol
2393 chloroquine
2551 ciprofloxacin
2555 cisplatin
2556 citalopram
2582 clindamycin
2597 clomipramine
2626 clozapine
2670 codeine
3002 cyclophosphamide
3008 cyclosporine
3108 dapsone
3247 desipramine
3289 dextromethorphan
3322 diazepam
3355 diclofenac
3407 digoxin
3638 doxepin
3640 doxycycline
3995 epirubicin
4053 erythromycin
4179 etoposide
4337 fentanyl
4441 flecainide
4492 fluorouracil
4493 fluoxetine
4502 flurbiprofen
4603 furosemide
4637 galantamine
4821 glipizide
5093 haloperidol
5470 hydralazine
5487 hydrochlorothiazide
5521 hydroxychloroquine
5640 ibuprofen
5691 imipramine
6026 isoflurane
6038 isoniazid
6058 isosorbide dinitrate
6313 leucovorin
6387 lidocaine
6694 mefloquine
6809 metformin
6813 methadone
6835 methimazole
6851 methotrexate
6901 methylphenidate
6915 metoclopramide
6918 metoprolol
6922 metronidazole
6960 midazolam
7052 morphine
7145 mycophenolic acid
7242 naloxone
7243 naltrexone
7258 naproxen
7407 nicotine
7454 nitrofurantoin
7517 norfloxacin
7531 nortriptyline
7646 omeprazole
7781 oxazepam
7804 oxycodone
7980 penicillin G
7984 penicillin V
8076 perphenazine
8150 phenprocoumon
8183 phenytoin
8331 pimozide
8640 prednisone
8687 primaquine
8698 probenecid
8754 propafenone
8787 propranolol
8794 propylthiouracil
9068 quinidine
9071 quinine
9344 ribavirin
9524 sulfasalazine
9997 spironolactone
10154 succinylcholine
10171 sulfadiazine
10180 sulfamethoxazole
10324 tamoxifen
10390 tetrabenazine
10485 thioguanine
10582 levothyroxine
10600 timolol
10689 tramadol
10759 triamcinolone
10829 trimethoprim
10831 sulfamethoxazole / trimethoprim
10834 trimipramine
11118 valproic acid
11124 vancomycin
11289 warfarin
12574 gemcitabine
15996 mirtazapine
17128 lansoprazole
17767 amlodipine
18631 azithromycin
19831 budesonide
20352 carvedilol
21212 clarithromycin
21241 clobazam
25480 gabapentin
25789 glimepiride
26225 ondansetron
28439 lamotrigine
29046 lisinopril
30125 modafinil
32592 oxaliplatin
32624 oxcarbazepine
32937 paroxetine
32968 clopidogrel
35302 sirolimus
35636 risperidone
36117 salmeterol
36437 sertraline
36453 sevoflurane
36567 simvastatin
37801 terbinafine
38400 atomoxetine
39786 venlafaxine
40048 carboplatin
40790 pantoprazole
42316 tacrolimus
42347 bupropion
42355 fluvoxamine
42463 pravastatin
43611 latanoprost
50121 fluticasone propionate
51499 irinotecan
52175 losartan
53654 nevirapine
61381 olanzapine
69120 tiotropium
72625 duloxetine
77492 tamsulosin
82122 levofloxacin
83367 atorvastatin
89013 aripiprazole
114979 rabeprazole
117466 tenofovir
119565 tolterodine
121191 rituximab
121243 voriconazole
135447 donepezil
136411 sildenafil
139462 moxifloxacin
140587 celecoxib
190521 abacavir
194000 capecitabine
195085 efavirenz
266856 divalproex sodium
283742 esomeprazole
301542 rosuvastatin
318341 cetuximab
321988 escitalopram
357977 sunitinib
662281 nilotinib
714438 pazopanib
816346 dexlansoprazole
1433868 dolutegravir`

const SNOMED = `409137002 No known drug allergy
428607008 No known environmental allergy
429625007 No known food allergy
716186003 No known allergy
160245001 No current problems or disability
787480003 No known procedures
787481004 No known medications`

/** Systems by the URL that FHIR has for them: their name, and the codes that have one here. */
const SYSTEMS: ReadonlyMap<string, readonly [name: string, names: string]> = new Map([
  ['http://loinc.org', ['LOINC', LOINC]],
  ['http://hl7.org/fhir/sid/cvx', ['CVX', CVX]],
  ['http://www.nlm.nih.gov/research/umls/rxnorm', ['RxNorm', RXNORM]],
  ['http://snomed.info/sct', ['SNOMED CT', SNOMED]],
  ['http://hl7.org/fhir/sid/icd-10-cm', ['ICD-10-CM', '']],
  ['http://hl7.org/fhir/sid/icd-10', ['ICD-10', '']],
  ['http://hl7.org/fhir/sid/icd-9-cm', ['ICD-9-CM', '']],
  ['http://hl7.org/fhir/sid/ndc', ['NDC', '']],
  ['http://www.ama-assn.org/go/cpt', ['CPT', '']],
  ['http://www.whocc.no/atc', ['ATC', '']],
  ['http://fdasis.nlm.nih.gov', ['UNII', '']],
  ['http://www.nhi.gov.tw/nhi-drug-code', ['NHI', '']],
  ['http://www.nhi.gov.tw/nhi-order-code', ['NHI', '']],
])

/** Read when the first of their codes is asked for. */
const tables = new Map<string, ReadonlyMap<string, string>>()

/** The name of a code, '' where it has none here. The system may be written in any notation (notation.ts). */
export function codeName(system: string, code: string): string {
  const url = plainSystem(system)
  const names = SYSTEMS.get(url)?.[1] ?? ''
  if (names === '') return ''
  let table = tables.get(url)
  if (table === undefined) {
    table = new Map(
      names.split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
    )
    tables.set(url, table)
  }
  return table.get(code) ?? (names === CVX ? table.get(code.padStart(2, '0')) : undefined) ?? ''
}

/** A code that says nothing to people: it holds a digit, and no word. */
const BARE = /^(?=.*\d)(?!.*\p{L}{3})/u

/**
 * What a code without words is called: its name, else `Code 1191 (RxNorm)` for one that says nothing by itself, else the code.
 * Our own screens say "Code" in their language; {@link codeInWords} reads it back.
 */
export function codeWords(system: string, code: string): string {
  const name = codeName(system, code)
  if (name !== '' || !BARE.test(code)) return name || code
  const of = SYSTEMS.get(plainSystem(system))?.[0] ?? ''
  return of === '' ? `Code ${code}` : `Code ${code} (${of})`
}

/** The code and the system of a title that {@link codeWords} made of a bare code; null for any other. */
export function codeInWords(title: string): { code: string; system: string } | null {
  const [, code, system = ''] = /^Code (\S{1,60})(?: \(([^()]{1,20})\))?$/u.exec(title) ?? []
  return code === undefined || !BARE.test(code) ? null : { code, system }
}
