/**
 * The words that two screens show at pairing (K8): 256 things that people know, in English and Traditional Chinese, with the same thing at
 * the same index, so that two people with different languages compare meanings. No two English words begin with the same four letters or
 * differ in only one letter; none names an illness or a weapon. The order must never change: another order encodes another number.
 */
const THINGS = `
  acorn 橡果, airport 機場, almond 杏仁, anchor 船錨, ankle 腳踝, antenna 天線, apple 蘋果, apron 圍裙, arcade 拱廊, autumn 秋天
  avocado 酪梨, badge 徽章, bakery 麵包店, balcony 陽台, bamboo 竹子, banana 香蕉, banjo 五弦琴, barrel 木桶, basket 籃子, beach 海灘
  beaver 河狸, bell 鈴鐺, bicycle 腳踏車, biscuit 餅乾, blanket 毛毯, blossom 花朵, boat 小船, bottle 瓶子, bracelet 手鐲, bread 麵包
  bridge 橋梁, broccoli 花椰菜, broom 掃把, bucket 水桶, buffalo 水牛, butterfly 蝴蝶, cabbage 高麗菜, cactus 仙人掌, camera 相機
  candle 蠟燭, carpet 地毯, castle 城堡, ceiling 天花板, celery 芹菜, cheese 起司, cherry 櫻桃, chimney 煙囪, chocolate 巧克力
  cinema 電影院, circle 圓圈, cliff 懸崖, clock 時鐘, cloud 雲朵, clover 幸運草, coconut 椰子, comet 彗星, compass 羅盤, cotton 棉花
  crab 螃蟹, crayon 蠟筆, crown 皇冠, cucumber 黃瓜, curtain 窗簾, cushion 坐墊, dancer 舞者, desert 沙漠, diamond 鑽石
  dolphin 海豚, dragon 飛龍, drawer 抽屜, drum 大鼓, duck 鴨子, eagle 老鷹, earring 耳環, echo 回音, elbow 手肘, elephant 大象
  engine 引擎, envelope 信封, falcon 獵隼, farmer 農夫, feather 羽毛, fern 蕨類, ferry 渡輪, fiddle 小提琴, flag 旗子, flame 火焰
  flute 長笛, forest 森林, fossil 化石, fox 狐狸, frog 青蛙, galaxy 銀河, garden 花園, garlic 大蒜, ginger 生薑, giraffe 長頸鹿
  glacier 冰河, glove 手套, grape 葡萄, guitar 吉他, hammer 鐵鎚, harbor 港口, harp 豎琴, harvest 收成, hedgehog 刺蝟, helmet 安全帽
  honey 蜂蜜, horizon 地平線, horse 馬匹, iceberg 冰山, igloo 雪屋, insect 昆蟲, island 島嶼, jacket 夾克, jasmine 茉莉花
  jellyfish 水母, jigsaw 拼圖, juice 果汁, jungle 叢林, kangaroo 袋鼠, kayak 皮艇, kettle 水壺, keyboard 鍵盤, kite 風箏
  kitchen 廚房, koala 無尾熊, ladder 梯子, lagoon 潟湖, lamp 檯燈, lantern 燈籠, lemon 檸檬, leopard 花豹, library 圖書館
  lighthouse 燈塔, lily 百合, lizard 蜥蜴, lobster 龍蝦, lotus 蓮花, magnet 磁鐵, mango 芒果, maple 楓葉, marble 大理石, meadow 草原
  melon 哈密瓜, mermaid 美人魚, mirror 鏡子, monkey 猴子, mosaic 馬賽克, mountain 高山, muffin 鬆餅, museum 博物館, mushroom 蘑菇
  napkin 餐巾, necklace 項鍊, needle 縫針, nest 鳥巢, noodle 麵條, notebook 筆記本, oasis 綠洲, oatmeal 燕麥, ocean 海洋
  octopus 章魚, olive 橄欖, onion 洋蔥, opera 歌劇, orange 柳橙, orchid 蘭花, ostrich 鴕鳥, otter 水獺, owl 貓頭鷹, oyster 牡蠣
  paddle 船槳, painter 畫家, palace 宮殿, pancake 薄餅, panda 貓熊, papaya 木瓜, parachute 降落傘, parrot 鸚鵡, peacock 孔雀
  peanut 花生, pebble 鵝卵石, pelican 鵜鶘, pencil 鉛筆, penguin 企鵝, pepper 胡椒, piano 鋼琴, pigeon 鴿子, pillow 枕頭
  pineapple 鳳梨, pirate 海盜, planet 行星, popcorn 爆米花, potato 馬鈴薯, prince 王子, pumpkin 南瓜, puppet 木偶, pyramid 金字塔
  quilt 棉被, rabbit 兔子, radish 白蘿蔔, rainbow 彩虹, raspberry 覆盆子, ribbon 緞帶, river 河流, robot 機器人, rocket 火箭, rose 玫瑰
  sailor 水手, salmon 鮭魚, saturn 土星, sausage 香腸, scarf 圍巾, school 學校, scissors 剪刀, seesaw 蹺蹺板, shadow 影子, sheep 綿羊
  shovel 鏟子, snail 蝸牛, spider 蜘蛛, spinach 菠菜, spoon 湯匙, squirrel 松鼠, stadium 體育場, statue 雕像, strawberry 草莓
  submarine 潛水艇, sunflower 向日葵, swan 天鵝, teapot 茶壺, tennis 網球, tiger 老虎, tomato 番茄, tractor 拖拉機, train 火車
  trumpet 小號, tulip 鬱金香, tunnel 隧道, turtle 烏龜, umbrella 雨傘, unicorn 獨角獸, vase 花瓶, village 村莊, violet 紫羅蘭
  volcano 火山, waffle 格子餅, wagon 馬車, walnut 核桃, waterfall 瀑布, whale 鯨魚, windmill 風車, yacht 遊艇, yogurt 優格
  zebra 斑馬
`

const pairs = THINGS.trim()
  .split(/,\s*|\n\s*/u)
  .map((pair) => pair.split(' ') as [string, string])

/** Words by index, in each language. */
export const PAIRING_WORDS = { en: pairs.map(([en]) => en), zh: pairs.map(([, zh]) => zh) }
