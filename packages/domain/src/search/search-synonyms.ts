/**
 * Names of one thing in everyday English, as laboratories and code systems write it, and in Traditional Chinese: who searches for one finds
 * the others. Ours, for search alone; nothing else is decided by them.
 */
import { foldText } from './search-words.ts'

const GROUPS: readonly (readonly string[])[] = [
  // Laboratory
  ['HbA1c', 'Hemoglobin A1c', 'glycated hemoglobin', '糖化血色素'],
  ['glucose', 'blood sugar', '血糖', '葡萄糖'],
  ['cholesterol', '膽固醇'],
  ['HDL', 'high density lipoprotein', '高密度脂蛋白', '好膽固醇'],
  ['LDL', 'low density lipoprotein', '低密度脂蛋白', '壞膽固醇'],
  ['triglyceride', 'triglycerides', '三酸甘油酯'],
  ['creatinine', '肌酸酐', '肌酐', 'kidney function', '腎功能'],
  ['urea nitrogen', 'BUN', '尿素氮'],
  ['glomerular filtration rate', 'eGFR', 'GFR', '腎絲球過濾率'],
  ['uric acid', 'urate', '尿酸'],
  ['sodium', '鈉'],
  ['potassium', '鉀'],
  ['chloride', '氯'],
  ['calcium', '鈣'],
  ['carbon dioxide', 'bicarbonate', '二氧化碳'],
  ['alanine aminotransferase', 'ALT', 'GPT', '肝功能', 'liver function'],
  ['aspartate aminotransferase', 'AST', 'GOT', '肝功能', 'liver function'],
  ['bilirubin', '膽紅素'],
  ['albumin', '白蛋白'],
  ['hemoglobin', 'haemoglobin', '血紅素', '血色素'],
  ['hematocrit', '血球容積比'],
  ['leukocytes', 'white blood cells', 'WBC', '白血球'],
  ['erythrocytes', 'red blood cells', 'RBC', '紅血球'],
  ['platelets', '血小板'],
  ['thyrotropin', 'TSH', 'thyroid', '甲狀腺'],
  ['ferritin', '鐵蛋白'],
  ['iron', '鐵'],
  ['folate', 'folic acid', '葉酸'],
  ['prostate', 'PSA', '攝護腺'],
  ['blood group', 'blood type', 'ABO', '血型'],
  ['microalbumin', '微白蛋白'],
  // Vital signs
  ['blood pressure', 'systolic', 'diastolic', '血壓', '收縮壓', '舒張壓'],
  ['heart rate', 'pulse', '心跳', '脈搏'],
  ['respiratory rate', 'breathing rate', '呼吸速率', '呼吸次數'],
  ['temperature', 'fever', '體溫', '發燒'],
  ['oxygen saturation', 'SpO2', '血氧'],
  ['body weight', '體重'],
  ['body height', '身高'],
  ['body mass index', 'BMI', '身體質量指數'],
  ['pain severity', 'pain', '疼痛'],
  ['tobacco', 'smoking', 'smoker', '吸菸', '抽菸'],
  // Conditions
  ['hypertension', 'high blood pressure', '高血壓'],
  ['diabetes', '糖尿病'],
  ['prediabetes', '糖尿病前期'],
  ['hyperlipidemia', '高血脂'],
  ['anemia', 'anaemia', '貧血'],
  ['asthma', '氣喘'],
  ['bronchitis', '支氣管炎'],
  ['sinusitis', '鼻竇炎'],
  ['pharyngitis', 'sore throat', '咽喉炎', '喉嚨痛'],
  ['rhinitis', 'hay fever', '鼻炎', '花粉症'],
  ['otitis media', 'ear infection', '中耳炎'],
  ['pneumonia', '肺炎'],
  ['obesity', '肥胖'],
  ['depression', 'depressive', '憂鬱'],
  ['anxiety', '焦慮'],
  ['arthritis', 'osteoarthritis', '關節炎'],
  ['osteoporosis', '骨質疏鬆'],
  ['stroke', '中風'],
  ['myocardial infarction', 'heart attack', '心肌梗塞'],
  ['coronary', 'heart disease', '冠狀動脈', '心臟病'],
  ['cancer', 'malignant', 'carcinoma', 'neoplasm', '癌', '腫瘤'],
  ['fracture', 'broken bone', '骨折'],
  ['pregnancy', 'pregnant', '懷孕'],
  ['hepatitis B', 'Hep B', 'B 型肝炎', 'B 肝'],
  ['hepatitis A', 'Hep A', 'A 型肝炎', 'A 肝'],
  ['hepatitis C', 'Hep C', 'C 型肝炎', 'C 肝'],
  // Allergies
  ['penicillin', '盤尼西林', '青黴素'],
  ['peanut', '花生'],
  ['shellfish', '甲殼類', '帶殼海鮮'],
  ['dairy', 'milk', '牛奶', '乳製品'],
  ['pollen', '花粉'],
  ['mold', '黴菌'],
  ['dust mite', '塵蟎'],
  // Medicines
  ['aspirin', 'acetylsalicylic acid', '阿斯匹靈'],
  ['acetaminophen', 'paracetamol', 'Tylenol', '乙醯胺酚', '普拿疼'],
  ['ibuprofen', '布洛芬'],
  ['insulin', '胰島素'],
  ['metformin', '二甲雙胍'],
  ['amoxicillin', '安莫西林'],
  ['warfarin', '華法林'],
  // Vaccines
  ['influenza', 'flu shot', 'flu', '流感'],
  ['tetanus', 'Td', 'Tdap', '破傷風'],
  ['measles', 'MMR', '麻疹'],
  ['varicella', 'chickenpox', '水痘'],
  ['zoster', 'shingles', '帶狀疱疹'],
  ['pneumococcal', '肺炎鏈球菌'],
  ['HPV', 'papillomavirus', '人類乳突病毒'],
  ['polio', 'IPV', '小兒麻痺'],
  ['meningococcal', '腦膜炎'],
  ['COVID-19', 'SARS-CoV-2', 'coronavirus', '新冠', '武漢肺炎'],
  // Visits and actions
  ['colonoscopy', '大腸鏡'],
  ['mammography', '乳房攝影'],
  ['electrocardiogram', 'ECG', 'EKG', '心電圖'],
  ['X-ray', 'radiography', 'x 光', 'X光'],
  ['ultrasound', '超音波'],
  ['check up', 'general examination', 'physical examination', '健康檢查', '健檢'],
  ['emergency', '急診'],
  ['dental', 'dentist', '牙科', '牙醫'],
]

const FOLDED = GROUPS.map((names) => ({ names, sought: names.map((name) => soughtOf(foldText(name))) }))

function soughtOf(name: string): (text: string) => boolean {
  // Chinese has no spaces between words; the other names hold letters, digits, spaces and hyphens.
  // oxlint-disable-next-line no-control-regex -- beyond ASCII
  if (/[^\x00-\x7f]/u.test(name)) return (text) => text.includes(name)
  const pattern = new RegExp(`(?<![a-z0-9])${name}(?![a-z0-9])`, 'u')
  return (text) => pattern.test(text)
}

/** Other names of what the title names, one text; '' for none. Reads every group: keep the answer for titles that come again. */
export function otherNames(title: string): string {
  const text = foldText(title)
  return FOLDED.filter(({ sought }) => sought.some((isIn) => isIn(text)))
    .flatMap(({ names }) => names)
    .join(' ')
}
