"""The words by which two texts that are else alike may say different things.

Short lists of the commonest languages, not a dictionary: what they lack is told by
the rules of `lookalike`, which take a lone difference for one that matters.
"""

from __future__ import annotations


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


NEGATIONS = _words(
    "no not never none nor neither nothing nobody nowhere without cannot hardly barely",
    "scarcely rarely seldom unless except excluding lack lacks fail fails failed yes nope",
    "yeah true false nein nicht nichts nie niemals niemand ohne weder kein keine keinen",
    "keinem keiner keines kaum ja doch non pas jamais rien aucun aucune sans oui personne",
    "sí nunca jamás sin ningún ninguno ninguna nada nadie tampoco não sim sem nem nenhum",
    "nenhuma ninguém mai senza né nessun nessuno nessuna niente nulla sì niet geen nooit",
    "zonder nee inte aldrig utan nej ikke aldri uten nei tak bez nigdy hayır evet değil",
    "yok bukan tidak không chưa δεν μην όχι ναι χωρίς לא כן בלי אין не нет ни да без",
    "никогда нельзя ничего никто нигде вовсе едва لا ليس ليست لن لم لما بدون غير بلا كلا",
    "نعم أبدا كل بعض أو नहीं न मत ना नही हाँ हां बिना कभी या और सभी कुछ",
)
"""Words of negation, yes and no: what comes of them by a slip may be another word."""

CRITICAL = NEGATIONS | _words(
    # Joints and quantities.
    "and or but if only both either all some every each most many few several half more",
    "less fewer least much enough than same different equal unequal always often",
    "sometimes usually oder mehr weniger alle einige jeder immer nur wenn plus moins tous",
    "toutes certains toujours seulement más menos todos todas algunos siempre sólo solo",
    "mais alguns sempre apenas più meno tutti и или но больше меньше все некоторые всегда",
    "только если",
    # Opposites.
    "above below over under up down out off before after until since earlier later left",
    "right north south east west northern southern eastern western upper lower high low",
    "higher highest lowest top bottom front back inside outside first last next previous",
    "open closed close opened closes hot cold warm cool fast slow faster slower early",
    "old new older newer young younger big small bigger smaller large larger largest",
    "smallest long short longer shorter near far wide narrow thick thin heavy light",
    "strong weak hard soft rich poor good bad better worse best worst positive negative",
    "plus minus odd even prime safe dangerous legal illegal allowed forbidden permitted",
    "prohibited required optional mandatory possible impossible can may might must shall",
    "buy buys bought sell sells sold buyer seller lender borrower lessor lessee landlord",
    "tenant plaintiff defendant employer employee win wins won lose loses lost gain loss",
    "profit credit debit income expense asset liability rise rises rose fall falls fell",
    "grow grows shrink shrinks increase increases increased decrease decreases decreased",
    "adds added remove removes removed accept accepts accepted reject rejects rejected",
    "approve approves approved deny denies denied allow allows grant refuse refuses",
    "refused push pull enable enables enabled disable disables disabled pass passes",
    "passed male female woman men women boy girl father mother son daughter brother",
    "sister husband wife alive dead life death day night today tomorrow yesterday public",
    "private internal external parent child cause effect maximum minimum max min major",
    "minor majority minority maternal paternal benign malignant acute chronic acid base",
    "acidic basic anode cathode input output import export read write send receive sends",
    "receives client server lock unlock black white red green blue yellow horizontal",
    "vertical clockwise counterclockwise parallel serial heads tails supply demand",
    "against rechts links oben unten groß klein größer kleiner hoch niedrig gut schlecht",
    "richtig falsch wahr steigt sinkt darf muss kann avant après gauche droite grand",
    "petit haut bas bon mauvais vrai faux augmente diminue antes después izquierda",
    "derecha mayor menor alto bajo bueno malo verdadero falso aumenta disminuye depois",
    "esquerda direita maior baixo bom mau verdadeiro diminui до после левый правый больше",
    "большой маленький верно неверно можно",
    # Numbers and units in words.
    "zero one two three four five six seven eight nine ten eleven twelve thirteen",
    "fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty",
    "seventy eighty ninety hundred thousand million billion trillion dozen first second",
    "third fourth fifth sixth seventh eighth ninth tenth once twice thrice single double",
    "triple quarter quarters thirds percent eins ein zwei drei vier fünf sechs sieben",
    "acht neun zehn elf zwölf hundert tausend deux trois quatre cinq sept huit neuf dix",
    "cent mille dos tres cuatro cinco seis siete ocho nueve diez cien mil dois três",
    "quatro sete oito nove dez um uma uno una один два три четыре пять шесть семь восемь",
    "девять десять сто тысяча seconds minute minutes hour hours day days week weeks month",
    "months year years dollar dollars euro euros pound pounds yen cents metre metres",
    "meter meters feet foot inch inches mile miles gram grams kilogram kilograms litre",
    "litres liter liters degree degrees celsius fahrenheit kelvin volt volts watt watts",
    "monday tuesday wednesday thursday friday saturday sunday january february march",
    "april june july august september october november december",
    # Characters of scripts that are compared character by character.
    "不 没 沒 无 無 未 非 否 别 別 勿 莫 是 對 对 错 錯 大 小 多 少 增 减 減 加 高 低 上",
    "下 左 右 前 后 後 先 内 內 外 男 女 东 東 西 南 北 一 二 三 四 五 六 七 八 九 十 百",
    "千 万 萬 亿 億 两 兩 和 或 且 都 全 仅 僅 只 能 可 必 买 買 卖 賣 开 開 关 關 升 降",
    "涨 跌 好 坏 壞 新 旧 舊 长 長 短 真 假 有 正 负 負 反 进 進 出 入 收 支 安 危 ぬ ず",
    "い な ん 안 못 않 없 있 아 예 네 말 ไ ม",
)
"""Words in which no two texts that are one differ, but for a slip."""

UNITS = _words(
    "m mm cm dm km in ft yd mi g mg kg lb lbs oz l ml cl dl s ms ns us h min Hz kHz MHz",
    "GHz B kB KB MB GB TB b Mb Gb W mW kW MW GW kWh J kJ N kN Pa kPa hPa bar psi mol nm",
    "pm am USD EUR GBP JPY CHF K C F V mV kV A mA ppm ppb rpm dB",
)
"""Units, as they are spelled behind a number."""

KNOWN = CRITICAL | _words(
    "in on any man late early",
    "could should will would add con pro vor und start end begin began begins ends now",
    "then wet dry he she him her his hers",
    # Short words that a slip turns into one another.
    "a i an at be by do go it is me my of so to us we am ad ah ax eh hi ho id lo ma oh ow",
    "ox pa re the that this these those there their then them they you your our was were",
    "are been being had has have did does done who whom whose what when where which why",
    "how with from form into onto upon about across around along among between through",
    "during here such own other another also just very still yet ago per via its not now",
    "net nut got get let set met wet bet bit but put cut hut hit sit fit lit cat car can",
    "cap cup bat bad bed bag big bug beg dog dig dug dot fan fun fin far for fur fat god",
    "ham hat hot hop cow row low law lay may day pay way say ray key boy buy guy gay gas",
    "gap map man men pen pan pin pit pot port post past pass part park dark mark make",
    "take lake like bike hike life wife wire fire hire tire time tide side wide ride rise",
    "wise wine line mine fine nine none note vote rote rate date late gate fate case base",
    "vase cast cost lost last fast list lift left lend land band hand sand send sent cent",
    "rent tent test text next best west east rest nest lest must most more mere hero her",
    "his him hid kid aid air arm art act eat ear year near bear dear fear tear hear heat",
    "head read road load lead dead deal real meal heal help held hold cold gold told sold",
    "bold sole role rule full fall fill file tile mile mild wild will well wall walk talk",
    "tall ball call cell sell tell bell hell hill bill kill mill word work wood food good",
    "book look took cook cool tool pool poor door floor flour four hour sour out run sun",
    "son won win wins sin sing sign size site sea see seem seen teen ten tin ton too two",
    "toe top tip tap tax ask use used user ever even over oven open often once one ore",
    "age ice led leg red rod raw war saw sat six sex sky try dry cry fly lie die dye eye",
    "tie pie",
    # Longer ones, a slip apart.
    "lever liver fever never lower tower power lawyer layer player payer payee buyer east",
    "think thing thin thick trick truck track tract trace trade grade grape graph great",
    "treat threat thread three there where were trial trail train trainer trainee brain",
    "grain drain angel angle single signal silver sliver casual causal martial marital",
    "united untied adopt adapt adept affect effect accept except access excess expand",
    "expend extend intend intent extent event count county country mount mouth month",
    "south youth moral mortal mental metal medal model modal mortality morality former",
    "farmer format latter later letter better bitter butter batter matter patter pattern",
    "patent patient potent quite quiet public pubic police policy polish principal",
    "principle stationary stationery desert dessert complement compliment council counsel",
    "personal personnel precede proceed persecute prosecute prescribe proscribe ingenious",
    "ingenuous eminent imminent emigrate immigrate emigrant immigrant allusion illusion",
    "elicit illicit evoke revoke invoke ensure insure assure assume resume consume reduce",
    "produce deduce induce reduction production deduction induction notable notice",
    "nothing nobody noone cannot another anymore anyone nowhere million billion trillion",
    "mission fission fusion vision version erosion ration ratio nation notion motion",
    "lotion option portion potion position petition repeal appeal reveal repel expel",
    "excel exceed proton photon electron neutron neuron cation anion nitrate nitrite",
    "sulfate sulfite chlorate chloride phosphate phosphite methane ethane ethene ethyne",
    "propane propene butane butene mitosis meiosis ileum ilium artery archery weather",
    "whether whither breath breadth bread broad board border order older elder alter",
    "altar after water wafer safer sales scales salary celery calorie colony column",
    "volume share shape shame shade shake sharp shore store stone stove state stage stale",
    "stake steak steal steel steep sleep sheep sheet sweet street straight strait right",
    "night light might sight fight eight weight height freight flight fright bright",
    "brought bought thought though through tough rough cough couch coach beach teach",
    "reach peach peace piece price prize pride prime crime chime climb plane plan plant",
    "planet plain claim chain chair cheap cheat chest crest cream dream steam stream team",
    "term tern turn burn born corn horn warn warm worm work world would could should",
    "mould bound found round sound wound pound ground een het de of en sie die der den",
    "dem des das ein eine einen einem einer kein ist bist mit mir wir hier ihr ihn ihm",
    "wer wie was wo zu zur zum auf aus auch noch nach nacht recht schlecht le la les un",
    "une du que qui dans mais sur sous elle il ils est et ces ses mes el los las del al",
    "se su sus con por para pero cuando donde este esta ese esa hay o os as um da do na",
    "no em com mas ele ela seu sua он она они оно мы вы ты я на за под над от из у к с в",
    "о об при про как так что кто",
)
"""Words that are no slip of one another."""

HARMLESS = _words(
    "a an the that which very really quite rather simply basically essentially actually",
    "clearly obviously please kindly overall also indeed therefore thus hence so here",
    "well nice der die das dem den des ein eine einen le la les un une el los las lo o os",
    "as um uma il i gli auch bien aussi también também то же 的 了 吧 呢 啊 吗 也 は が",
    "を",
)
"""Words that may be there or not, or stand for one another."""

_NEGATING = ("un", "in", "im", "il", "ir", "non", "dis", "anti", "mis", "de")

BEGINNINGS = (
    *(frozenset({"", start}) for start in (*_NEGATING, "ne", "nie", "не", "без", "бес")),
    *(frozenset({"", start}) for start in ("up", "down", "out", "over", "under", "sub")),
    _words("in ex out"),
    _words("im ex"),
    _words("in de"),
    _words("en de"),
    _words("as a de"),
    _words("at de"),
    _words("af ef"),
    _words("ab ad"),
    _words("inter intra extra"),
    _words("hyper hypo"),
    _words("macro micro"),
    _words("max min"),
    _words("pre post"),
    _words("pro con anti"),
    _words("over under"),
    _words("up down"),
    _words("endo exo"),
    _words("homo heter"),
    _words("mono poly tri bi uni"),
    _words("kilo mega giga milli micro nano pico tera centi deci"),
)
"""Beginnings, in groups, that make of one stem words that say different things."""

ENDINGS = (
    *(frozenset({"", end}) for end in ("less", "free")),
    _words("ful less"),
    _words("er ee"),
    _words("or ee"),
    _words("ate ite ide"),
    _words("ane ene yne"),
    _words("ic ous"),
    _words("up down"),
    _words("in out"),
    _words("on off"),
)
"""Endings that do so."""
