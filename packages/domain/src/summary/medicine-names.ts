/**
 * Names of medicines as people and files write them, for finding that two names mean one ingredient or one group. Written by hand: international
 * nonproprietary names and their stems, RxNorm's ingredient names (public domain), Taiwan's and China's names, and a few common brands. It holds
 * what is asked for most, never all; a name that is not here is compared by its own words.
 */

/** Groups whose members often cause the same reaction, or that people are told to avoid as a whole. */
export const MEDICINE_GROUPS = [
  'penicillins',
  'cephalosporins',
  'sulfonamides',
  'nsaids',
  'opioids',
  'statins',
  'ace-inhibitors',
  'macrolides',
  'quinolones',
  'tetracyclines',
  'contrast',
  'latex',
] as const
export type MedicineGroup = (typeof MEDICINE_GROUPS)[number]

/**
 * How members of a group are known: `word` for a whole Latin word in lower case, `han` anywhere in Chinese text. `but`: words with the same stem that
 * are something else.
 */
interface GroupNames {
  word: RegExp
  but?: RegExp
  han: RegExp
}

export const GROUP_NAMES: Readonly<Record<MedicineGroup, GroupNames>> = {
  penicillins: {
    word: /cillin(?:e|a|s|um)?$/u,
    han: /盤尼西林|盘尼西林|配尼西林|青[黴霉]素|西林/u,
  },
  cephalosporins: {
    word: /^(?:cef[a-z]{3,}|ceph(?:al(?:exin|osporins?|othin|oridine|oglycin)|azolin|radine|apirin|adroxil|acetrile)e?)$/u,
    but: /^cefaly$/u,
    han: /[頭头](?:芽)?孢(?!子)|先[鋒锋][黴霉]素/u,
  },
  sulfonamides: {
    word: /^(?:co)?(?:sulfa|sulpha)(?!t)[a-z]*$|^(?:sulfonamides?|sulphonamides?|cotrimoxazole)$/u,
    but: /^(?:sulfan|sulfamate|sulfamic)$/u,
    han: /磺胺|磺醯胺/u,
  },
  nsaids: {
    word: /(?:profen|fenac|coxib|oxicam|fenamic|fenamate)$|^(?:aspirin|acetylsalicylic|acetylsalicylate|asa|naproxen|indomethacin|indometacin|ketorolac|etodolac|sulindac|nabumetone|diflunisal|tolmetin|phenylbutazone|nsaids?)$/u,
    han: /非類固醇|非类固醇|非甾[體体]|昔康|昔布|洛芬|芬酸|芬那酸/u,
  },
  opioids: {
    word: /(?:codone|fentan[iy]l)$|^(?:opioids?|opiates?|opium|morphine|diamorphine|heroin|codeine|dihydrocodeine|hydromorphone|oxymorphone|tramadol|tapentadol|methadone|buprenorphine|pethidine|meperidine|nalbuphine|butorphanol|pentazocine|levorphanol)$/u,
    han: /[類类](?:[鴉鸦]片|阿片)|[鴉鸦]片|阿片|[嗎吗]啡(?!酮)|可待因|芬太尼|吩坦尼/u,
  },
  statins: {
    word: /statins?$/u,
    but: /^(?:nystatin|cilastatin|pentostatin|somatostatin|bestatin|zinostatin|angiostatin|endostatin|cystatin|follistatin|myostatin|antistatin|pepstatin|trichostatin|astatin|vitastatin)s?$/u,
    han: /(?<![西噴喷]司)他汀|史[達达]汀/u,
  },
  'ace-inhibitors': {
    word: /^(?:capto|enala|lisino|rami|perindo|quina|benaze|fosino|trandola|moexi|cilaza|imida|zofeno|spira|dela|temoca|alace)pril(?:at)?$|^acei$/u,
    han: /普利(?!酮|[類类]|莫)|血管(?:收[縮缩]|[張张]力|[緊紧][張张])素[轉转](?:化|[換换])[酶酵]素?抑制/u,
  },
  macrolides: {
    word: /thromycins?$|^(?:macrolides?|spiramycin|josamycin|midecamycin|troleandomycin|oleandomycin)$/u,
    han: /[紅红][黴霉]素|克拉[黴霉]素|[開开][羅罗]理[黴霉]素|阿奇[黴霉]素|巨[環环]|大[環环][內内]酯/u,
  },
  quinolones: {
    word: /floxacins?$|^(?:fluoro)?quinolones?$|^nalidixic$/u,
    han: /沙星|[奎喹][諾诺]酮/u,
  },
  tetracyclines: {
    word: /(?:tetra|doxy|mino|tige|erava|omada|sara|deme|deme?clo|lime|meta|metha)cyclines?$/u,
    han: /四[環环](?:[黴霉])?素|[環环]素/u,
  },
  contrast: {
    word: /^(?:gado[a-z]+|iohexol|iopamidol|iodixanol|iopromide|ioversol|iomeprol|iobitridol|ioxaglate|ioxitalamate|iothalamate|iotalamate|diatrizoate|radiocontrast|contrast)$/u,
    han: /[顯显]影[劑剂]|造影[劑剂]|[對对]比[劑剂]/u,
  },
  latex: { word: /^latex$/u, han: /乳[膠胶]/u },
}

/** Other names of an ingredient, separated by commas: of other countries, in Chinese, and brands. A brand of two ingredients is at both. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  penicillin: 'pcn, pen vk, 盤尼西林, 盘尼西林, 配尼西林, 青黴素, 青霉素',
  amoxicillin:
    'amoxycillin, amoxil, moxatag, augmentin, amoclav, clavamox, curam, co amoxiclav, coamoxiclav, amoxiclav, 安莫西林, 阿莫西林, 安默西林, 安滅菌, 安灭菌',
  ampicillin: 'unasyn, 安比西林, 安匹西林, 氨苄西林, 優耐迅',
  piperacillin: 'tazocin, zosyn, 哌拉西林, 派拉西林',
  cephalexin: 'cefalexin, keflex, 頭孢氨苄, 头孢氨苄',
  ceftriaxone: 'rocephin, 頭孢曲松, 头孢曲松, 羅氏芬, 罗氏芬',
  cefuroxime: 'zinacef, ceftin, zinnat, 頭孢呋辛, 头孢呋辛',
  cefixime: 'suprax',
  cefdinir: 'omnicef',
  sulfamethoxazole:
    'sulphamethoxazole, bactrim, septra, baktar, co trimoxazole, cotrimoxazole, tmp smx, smx tmp, 撲菌特, 複方新諾明, 复方新诺明',
  sulfasalazine: 'sulphasalazine, salazopyrin, azulfidine',
  aspirin:
    'acetylsalicylic acid, acetylsalicylate, asa, ecotrin, bufferin, excedrin, alka seltzer, bokey, 阿斯匹靈, 阿斯匹林, 阿司匹林, 乙醯水楊酸, 乙酰水杨酸, 伯基',
  ibuprofen: 'advil, motrin, brufen, nurofen, 布洛芬, 伊布洛芬, 異布洛芬',
  naproxen: 'aleve, naprosyn, anaprox, 萘普生, 那普洛仙',
  diclofenac: 'voltaren, voltarol, cataflam, 雙氯芬酸, 双氯芬酸, 待克菲那, 服他靈',
  indomethacin: 'indometacin, indocin, 吲哚美辛, 因多美沙信',
  ketorolac: 'toradol, 酮咯酸',
  celecoxib: 'celebrex, 塞來昔布, 塞来昔布, 希樂葆',
  etoricoxib: 'arcoxia, 依托考昔, 萬克適',
  meloxicam: 'mobic, 美洛昔康',
  'mefenamic acid': 'mefenamic, ponstan, ponstel, 甲芬那酸, 美芬納酸',
  acetaminophen:
    'paracetamol, apap, tylenol, panadol, percocet, vicodin, norco, ultracet, excedrin, 乙醯胺酚, 对乙酰氨基酚, 對乙醯胺基酚, 普拿疼, 泰諾, 撲熱息痛, 扑热息痛',
  morphine: 'ms contin, 嗎啡, 吗啡',
  codeine: '可待因',
  oxycodone: 'oxycontin, percocet, roxicodone, 羥可酮, 羟考酮, 羥考酮',
  hydrocodone: 'vicodin, norco, 氫可酮, 氢可酮',
  hydromorphone: 'dilaudid, 氫嗎啡酮, 氢吗啡酮',
  tramadol: 'ultram, tramal, ultracet, 特拉嗎竇, 特拉瑪竇, 曲馬多, 曲马多',
  fentanyl: 'duragesic, durogesic, 吩坦尼, 芬太尼',
  pethidine: 'meperidine, demerol, 配西汀, 哌替啶',
  methadone: '美沙冬, 美沙酮',
  buprenorphine: 'suboxone, subutex, 丁基原啡因, 丁丙諾啡',
  atorvastatin: 'lipitor, caduet, 立普妥, 阿托伐他汀',
  rosuvastatin: 'crestor, 冠脂妥, 瑞舒伐他汀',
  simvastatin: 'zocor, vytorin, 素果, 辛伐他汀',
  pravastatin: 'pravachol, mevalotin, 普伐他汀',
  pitavastatin: 'livalo, 力清之, 匹伐他汀',
  fluvastatin: 'lescol, 氟伐他汀',
  captopril: 'capoten, 卡托普利',
  enalapril: 'vasotec, renitec, 依那普利',
  lisinopril: 'zestril, prinivil, zestoretic, 賴諾普利, 赖诺普利',
  ramipril: 'altace, tritace, 雷米普利',
  perindopril: 'coversyl, aceon, 培哚普利',
  erythromycin: '紅黴素, 红霉素',
  clarithromycin: 'biaxin, klaricid, klacid, 克拉黴素, 克拉霉素, 開羅理黴素',
  azithromycin: 'zithromax, zmax, z pak, 阿奇黴素, 阿奇霉素, 日舒',
  ciprofloxacin: 'cipro, ciproxin, 環丙沙星, 环丙沙星',
  levofloxacin: 'levaquin, cravit, 左氧氟沙星, 可樂必妥',
  moxifloxacin: 'avelox, 莫西沙星',
  doxycycline: 'vibramycin, 去氧羥四環素, 多西環素, 多西环素, 強力黴素',
  minocycline: 'minocin, 美諾四環素, 米諾環素, 米诺环素',
  iohexol: 'omnipaque',
  iopromide: 'ultravist',
  iodixanol: 'visipaque',
  iopamidol: 'isovue',
  gadobutrol: 'gadovist',
  warfarin: 'coumadin, 華法林, 华法林, 可邁丁',
  clopidogrel: 'plavix, 保栓通, 氯吡格雷',
  metformin: 'glucophage, 每福敏, 二甲雙胍, 二甲双胍, 庫魯化',
  amlodipine: 'norvasc, caduet, 脈優, 氨氯地平',
  levothyroxine: 'synthroid, eltroxin, euthyrox, 昂特欣, 左旋甲狀腺素',
  omeprazole: 'prilosec, losec, 奧美拉唑',
  esomeprazole: 'nexium, 耐適恩',
  salbutamol: 'albuterol, ventolin, 泛得林, 沙丁胺醇',
  epinephrine: 'adrenaline, epipen, 腎上腺素, 肾上腺素',
  furosemide: 'frusemide, lasix, 來適泄, 呋塞米',
  hydrochlorothiazide: 'hctz, zestoretic, 氫氯噻嗪',
  loratadine: 'claritin, clarityne, 氯雷他定',
  diphenhydramine: 'benadryl, 苯海拉明',
  prednisolone: '普力多寧',
  insulin: '胰島素, 胰岛素',
}

/** Words that name a whole group, where no member's name says it. */
export const GROUP_WORDS: Readonly<Record<string, MedicineGroup>> = {
  'non steroidal anti inflammatory': 'nsaids',
  'nonsteroidal anti inflammatory': 'nsaids',
  'nonsteroidal antiinflammatory': 'nsaids',
  'angiotensin converting enzyme inhibitor': 'ace-inhibitors',
  'angiotensin converting enzyme inhibitors': 'ace-inhibitors',
  'ace inhibitor': 'ace-inhibitors',
  'ace inhibitors': 'ace-inhibitors',
  'sulfa drug': 'sulfonamides',
  'hmg coa reductase inhibitors': 'statins',
  'hmg coa reductase inhibitor': 'statins',
  'natural rubber': 'latex',
  'iodinated contrast': 'contrast',
  'x ray dye': 'contrast',
}

/** Words of forms, strengths and salts, and of how allergies are called: they say nothing about the ingredient. */
export const PLAIN_WORDS: ReadonlySet<string> = new Set(
  `allergy allergic allergies intolerance hypersensitivity adverse reaction reactions propensity drug drugs substance substances medication medicine
  medicines class containing product products medicinal preparation preparations ingredient finding disorder situation known history possible
  tablet tablets capsule capsules caplet oral injection injectable injector prefilled syringe solution suspension syrup cream ointment gel drops
  ophthalmic otic nasal spray topical transdermal patch system inhaler inhalation metered powder suppository chewable disintegrating effervescent coated
  enteric extended delayed release sustained modified immediate hour hours daily once twice times pack unit units dose actuation
  hydrochloride sodium potassium calcium magnesium sulfate sulphate maleate tartrate succinate fumarate acetate phosphate citrate mesylate besylate
  trihydrate monohydrate anhydrous bromide chloride acid with from plus forte`.split(/\s+/u),
)
