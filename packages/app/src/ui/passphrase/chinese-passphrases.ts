/** What people in Taiwan, Hong Kong and China choose for a passphrase, written by hand. For the strength of one that is chosen. */

/** In characters: greetings, wishes, sayings, first lines, places, names of family. In both scripts where they differ. */
export const CHINESE_PHRASES: readonly string[] = (
  '密碼 密码 我的密碼 我的密码 通關密語 芝麻開門 芝麻开门 請輸入密碼 忘記密碼 不告訴你 不告诉你 沒有密碼 没有密码 隨便 随便 ' +
  '你好 您好 你好嗎 你好吗 大家好 早安 午安 晚安 再見 再见 謝謝 谢谢 謝謝你 對不起 对不起 沒關係 没关系 加油 辛苦了 ' +
  '我愛你 我爱你 我愛你們 我愛妳 我好愛你 我喜歡你 我喜欢你 我想你 我愛我家 我爱我家 我愛台灣 我愛香港 我愛媽媽 我愛爸爸 ' +
  '我愛老婆 我愛老公 一生一世 永遠愛你 永远爱你 愛你一萬年 爱你一万年 白頭偕老 百年好合 天長地久 天长地久 執子之手 與子偕老 ' +
  '生日快樂 生日快乐 祝你生日快樂 新年快樂 新年快乐 聖誕快樂 圣诞快乐 中秋節快樂 中秋快樂 恭喜發財 恭喜发财 紅包拿來 红包拿来 ' +
  '身體健康 身体健康 平安健康 健康平安 平安喜樂 平安快樂 平平安安 健健康康 快快樂樂 快樂 快乐 健康 平安 幸福 幸福美滿 闔家平安 出入平安 ' +
  '一路平安 一路順風 一路顺风 萬事如意 万事如意 心想事成 事事順利 吉祥如意 吉星高照 財源廣進 财源广进 招財進寶 招财进宝 年年有餘 年年有余 ' +
  '大吉大利 步步高升 步步高陞 馬到成功 马到成功 龍馬精神 龙马精神 福如東海 壽比南山 長命百歲 长命百岁 歲歲平安 岁岁平安 五福臨門 花開富貴 ' +
  '阿彌陀佛 阿弥陀佛 南無阿彌陀佛 觀世音菩薩 观世音菩萨 觀音菩薩 媽祖 天上聖母 天公伯 土地公 佛祖保佑 菩薩保佑 神愛世人 神爱世人 耶穌愛你 耶稣爱你 ' +
  '上帝保佑 感謝主 感谢主 哈利路亞 阿門 耶和華是我的牧者 色即是空 空即是色 天行健 君子以自強不息 道可道 非常道 名可名 非常名 ' +
  '學而時習之 学而时习之 不亦說乎 有朋自遠方來 不亦樂乎 溫故知新 温故知新 己所不欲 勿施於人 勿施于人 三人行必有我師 人之初 性本善 性相近 習相遠 天地玄黃 宇宙洪荒 ' +
  '床前明月光 疑是地上霜 舉頭望明月 举头望明月 低頭思故鄉 低头思故乡 白日依山盡 黃河入海流 欲窮千里目 更上一層樓 春眠不覺曉 處處聞啼鳥 ' +
  '鋤禾日當午 汗滴禾下土 但願人長久 但愿人长久 千里共嬋娟 千里共婵娟 明月幾時有 明月几时有 把酒問青天 大江東去 浪淘盡 獨在異鄉為異客 每逢佳節倍思親 ' +
  '君子之交淡如水 天下無敵 天下无敌 天下第一 天下為公 禮義廉恥 三民主義 中華民國 中华民国 中華民國萬歲 中華人民共和國 中华人民共和国 為人民服務 为人民服务 ' +
  '好好學習 好好学习 天天向上 努力讀書 金榜題名 一帆風順 一帆风顺 一鳴驚人 一馬當先 一石二鳥 三心二意 亂七八糟 乱七八糟 五花八門 馬馬虎虎 马马虎虎 ' +
  '莫名其妙 胡說八道 胡说八道 自言自語 自由自在 無憂無慮 无忧无虑 有志者事竟成 失敗為成功之母 失败是成功之母 世上無難事 只怕有心人 皇天不負苦心人 ' +
  '愚公移山 守株待兔 畫蛇添足 画蛇添足 井底之蛙 亡羊補牢 對牛彈琴 对牛弹琴 狐假虎威 刻舟求劍 塞翁失馬 焉知非福 臥虎藏龍 卧虎藏龙 水滴石穿 ' +
  '台灣 臺灣 台湾 台北 臺北 台北市 新北市 桃園 新竹 台中 臺中 彰化 嘉義 台南 臺南 高雄 高雄市 屏東 宜蘭 花蓮 台東 臺東 澎湖 金門 香港 澳門 九龍 新界 ' +
  '中國 中国 北京 上海 廣州 广州 深圳 阿里山 日月潭 玉山 陽明山 太魯閣 淡水 墾丁 日本 東京 東京都 大阪 韓國 美國 ' +
  '爸爸 媽媽 妈妈 老公 老婆 寶貝 宝贝 寶寶 宝宝 哥哥 姐姐 弟弟 妹妹 爺爺 爷爷 奶奶 阿公 阿嬤 外公 外婆 兒子 女兒 親愛的 亲爱的 小明 小華 王小明 陳小姐 林先生 ' +
  '孫悟空 孙悟空 唐三藏 豬八戒 三國演義 三国演义 西遊記 西游记 紅樓夢 红楼梦 水滸傳 諸葛亮 诸葛亮 劉備 關羽 张飞 張飛 曹操 李白 杜甫 孔子 哆啦A夢 小叮噹 皮卡丘 ' +
  '珍珠奶茶 臭豆腐 小籠包 牛肉麵 滷肉飯 雞排 火鍋 我要吃飯 我想睡覺 我要發財 我要中樂透 中大獎 發大財 我是誰 我是谁 我是天才 我是帥哥 我是美女 ' +
  '月亮代表我的心 甜蜜蜜 小幸運 朋友 海闊天空 海阔天空 千里之外 青花瓷 七里香 告白氣球 稻香 望春風 雨夜花 愛拼才會贏 爱拼才会赢 兩隻老虎 两只老虎 小星星 三輪車 ' +
  '東南西北 东南西北 春夏秋冬 上下左右 一二三四 一二三四五 一二三四五六七 甲乙丙丁 子丑寅卯 金木水火土 琴棋書畫 柴米油鹽 酸甜苦辣 風花雪月 风花雪月 喜怒哀樂'
).split(' ')

/**
 * Typed on a keyboard: pinyin, numbers that sound like words, and Zhuyin keys pressed as if for characters (`ji32k7au4a83` is "my password"). Common
 * first, for the place in the list counts.
 */
export const TYPED_CHINESE: string[] = (
  'ji32k7au4a83 su3cl3 ji394su3 5201314 1314520 520520 1314 520 woaini woaini1314 woaini520 woaiwojia woshishei nihao nihaoma xiexie zaijian ' +
  'wodemima mima mima123 buzhidao buyaozhidao sima woshi woshini laogong laopo baobei baobao qinaide mama baba mamababa shengrikuaile xinniankuaile ' +
  'gongxifacai pingan jiankang kuaile xingfu wanshiruyi yilupingan shuangxi facai zhongguo zhonghua zhonghuaminguo taiwan taipei taibei kaohsiung ' +
  'gaoxiong taichung taizhong tainan hsinchu taoyuan hualien yilan hongkong xianggang jiulong kowloon shanghai beijing guangzhou shenzhen aomen ' +
  'wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song tang han feng deng cao peng zeng xiao tian dong ' +
  'pan yuan cai jiang yu du ye cheng wei su lu ding ren shen yao lin1 chan cheung wong leung lau chow tsang kwok lam ng chiu cheng tsai hsu hsieh hung ' +
  'kuo lee liao lai chou chiang chuang chu chung tseng tsao xiaoming xiaohua dawei jiahao meiling mei ling yating yijun chihming chiahao shufen meihua ' +
  '168 1688 16888 888 8888 88888 888888 8888888 88888888 666 6666 66666 666666 668 688 886 9494 5566 520530 7758258 7758521 77543 584520 5845201314 ' +
  '5211314 201314 147258 147258369 159357 asdf1234 a123456 a1234567 a12345678 aa123456 aaa111 q1w2e3r4 qaz123 zxc123 asd123 qwe123 abc888 abc168'
).split(' ')
