"""Chinese: how the model's answers are worded (one wording for a fact) and how people may ask (many)."""

NAME = {
    "effusion": "胸腔积液", "pneumothorax": "气胸", "consolidation": "实变", "nodule": "结节", "cardiomegaly": "心影增大",
    "ground_glass": "磨玻璃影", "lesion": "高信号病灶", "ventricles": "脑室扩大", "shift": "中线移位",
}
NUMBER = ("零", "一", "两", "三", "四", "五", "六", "七", "八")
MEASURE = {"effusion": "处", "pneumothorax": "处", "consolidation": "处", "nodule": "个", "ground_glass": "处", "lesion": "个"}
VIEW = {"cxr": "胸部正位片", "ct": "胸部CT肺窗横断面", "head": "头部T2磁共振横断面"}
VIEWS = VIEW
LOOKS_FOR = {"cxr": "胸腔积液、气胸、实变、结节和心影增大", "ct": "胸腔积液、实变、磨玻璃影和结节", "head": "中线移位、脑室扩大和高信号病灶"}
CLEAR = {"cxr": "双肺清晰。未见胸腔积液或气胸。心影不大。", "ct": "双肺清晰。未见胸腔积液。", "head": "未见中线移位。脑室不大。未见高信号病灶。"}
WORLD = "我是phantom演示模型：我只认识绘制的模拟图（胸片、胸部CT、头部MRI）及其中的征象，对真实病人一无所知。"
NO_PICTURE = "请先打开一张图像。我只能回答与图像有关的问题。"


def untrained(picture):
    return f"我没有学过识别这个。在这张图上我只看{LOOKS_FOR[picture]}。"


SIDES = {"left": "左", "right": "右", "": ""}
ZONE = {"upper": "上野", "mid": "中野", "lower": "下野", "anterior": "前部", "central": "中部", "posterior": "后部",
        "frontal": "额叶", "temporal": "颞叶", "parietal": "顶叶", "occipital": "枕叶"}
LOBES = ("frontal", "temporal", "parietal", "occipital")
SEVERITY = {"small": "少量", "moderate": "中量", "large": "大量", "mild": "轻度", "marked": "明显"}


def place(side, zone):
    if not zone:
        return SIDES[side] + "侧"
    return SIDES[side] + ("侧" if zone in LOBES else "肺") + ZONE[zone]


def phrase(f, art=False):
    k = f.kind
    if k in ("effusion", "pneumothorax"):
        return f"{SIDES[f.side]}侧{SEVERITY[f.severity]}{NAME[k]}"
    if k in ("consolidation", "ground_glass"):
        return place(f.side, f.zone) + NAME[k]
    if k in ("nodule", "lesion"):
        return f"{place(f.side, f.zone)}{f.size_mm}毫米{NAME[k]}"
    if k == "shift":
        return f"中线向{SIDES[f.side]}移位{f.size_mm}毫米"
    return state(k, f)[:-1]


def state(kind, f):
    subject, verb = ("心影", "增大") if kind == "cardiomegaly" else ("脑室", "扩大")
    return f"{subject}不大。" if f is None else f"{subject}{SEVERITY[f.severity]}{verb}。"


def sentence(f):
    return phrase(f) + "。"


def listed(parts):
    return "、".join(parts)


def there(fs):
    if len(fs) == 1 and fs[0].kind in ("cardiomegaly", "ventricles"):
        return state(fs[0].kind, fs[0])
    return f"可见{listed([phrase(f) for f in fs])}。"


def none(kind, side="", zone=""):
    if kind in ("cardiomegaly", "ventricles"):
        return "没有。" + state(kind, None)
    if kind == "shift":
        return f"未见中线向{SIDES[side]}移位。" if side else "未见中线移位。"
    return f"{place(side, zone) if side else ''}未见{NAME.get(kind, kind)}。"


def yes(fs):
    return "有。" + there(fs)


YES, NO = "是。", "否。"
NO_ABNORMALITY = "未见异常。"
LUNGS_CLEAR = "双肺清晰。"
NO_OTHER = "未见其他征象。"
NO_REGION = {"left": "该区域未见征象，位于左侧。", "right": "该区域未见征象，位于右侧。", "": "该区域未见征象，靠近中线。"}


def no_region_kind(kind):
    return f"该区域未见{NAME[kind]}。"


def abnormality_none(side):
    return f"{SIDES[side]}侧未见异常。" if side else NO_ABNORMALITY


def still(fs, kind):
    if fs:
        return f"我仍然看到{listed([phrase(f) for f in fs])}。"
    if kind in ("cardiomegaly", "ventricles"):
        return f"我仍然认为{state(kind, None)}"
    return f"我仍然未见{NAME.get(kind, '异常')}。"


def group(kind, fs):
    n = len(fs)
    side = "双侧" if len({f.side for f in fs}) == 2 else SIDES[fs[0].side] + "侧"
    lung = side.replace("侧", "肺")
    if kind in ("effusion", "pneumothorax"):
        return side + NAME[kind]
    if kind in ("consolidation", "ground_glass"):
        return lung + NAME[kind]
    if kind == "nodule":
        return f"{lung}结节" if n == 1 else f"{lung}{NUMBER[n]}个结节"
    if kind == "lesion":
        return f"{side}{ZONE[fs[0].zone]}病灶" if n == 1 else f"{side}脑内{NUMBER[n]}个病灶"
    if kind == "shift":
        return f"中线向{SIDES[fs[0].side]}移位"
    return NAME[kind]


def suggests(groups):
    return f"提示{listed([group(k, fs) for k, fs in groups])}。" if groups else NO_ABNORMALITY


def where(fs):
    if fs[0].kind == "shift":
        return f"向{SIDES[fs[0].side]}侧。"
    if fs[0].kind in ("cardiomegaly", "ventricles"):
        return there(fs)
    sides = list(dict.fromkeys(f.side for f in fs))
    if not fs[0].zone:
        return "在双侧。" if len(sides) > 1 else f"在{SIDES[sides[0]]}侧。"
    return "在" + listed(list(dict.fromkeys(place(f.side, f.zone) for f in fs))) + "。"


def which_side(fs):
    if fs[0].kind == "shift":
        return f"向{SIDES[fs[0].side]}侧。"
    return "双侧。" if len({f.side for f in fs}) > 1 else f"{SIDES[fs[0].side]}侧。"


def size(fs):
    k = fs[0].kind
    if k in ("cardiomegaly", "ventricles"):
        return state(k, fs[0])
    if k == "shift":
        return f"{SEVERITY[fs[0].severity]}，约{fs[0].size_mm}毫米。"
    if k in ("nodule", "lesion"):
        if len(fs) == 1:
            return f"约{fs[0].size_mm}毫米。"
        return "，".join(f"{place(f.side, f.zone)}约{f.size_mm}毫米" for f in fs) + "。"
    if k in ("effusion", "pneumothorax"):
        if len(fs) == 1:
            return f"{SEVERITY[fs[0].severity]}。"
        return "，".join(place(f.side, f.zone) + SEVERITY[f.severity] for f in fs) + "。"
    return f"我不测量{NAME[k]}。{there(fs)}"


def count(kind, n):
    return f"共{NUMBER[n]}{MEASURE.get(kind, '个')}{NAME.get(kind, kind)}。"


def this_is(picture, n=1):
    if n == 2:
        return f"这是两张{VIEW[picture]}。第一张是既往，第二张是当前。"
    return f"这是{VIEW[picture]}。"


def bare(f):
    k = f.kind
    if k in ("effusion", "pneumothorax") or f.zone:
        return place(f.side, f.zone) + NAME[k]
    if k == "shift":
        return f"中线向{SIDES[f.side]}移位"
    return NAME[k]


def label(f):
    if f.kind in ("cardiomegaly", "ventricles", "shift"):
        return NAME[f.kind]
    return SIDES[f.side] + "侧" + NAME[f.kind]


WHAT = {"new": "新出现", "gone": "已消失", "larger": "增大", "smaller": "缩小", "stable": "无变化"}


def change(c):
    f = c.current or c.prior
    k = f.kind
    if c.what == "new":
        return f"新出现{phrase(f)}。"
    if c.what == "gone":
        return f"{bare(f)}已消失。"
    if c.what == "stable":
        return f"{bare(f)}无变化。"
    p, q = c.prior, c.current
    verb = {"larger": "较前加重" if k in ("cardiomegaly", "ventricles") else "较前增大", "smaller": "较前减轻" if k in ("cardiomegaly", "ventricles") else "较前缩小"}[c.what]
    if p.size_mm and q.size_mm:
        return f"{bare(f)}{verb}（{p.size_mm}毫米变为{q.size_mm}毫米）。"
    if p.severity and q.severity and p.severity != q.severity:
        return f"{bare(f)}{verb}（{SEVERITY[p.severity]}变为{SEVERITY[q.severity]}）。"
    return f"{bare(f)}{verb}。"


NO_CHANGE = "没有变化。"
NOTHING = {"new": "没有新出现的征象。", "gone": "没有消失的征象。", "larger": "没有增大的征象。", "smaller": "没有缩小的征象。", "stable": "没有不变的征象。"}


def neither(kind):
    if kind == "cardiomegaly":
        return "前后心影均不大。"
    if kind == "ventricles":
        return "前后脑室均不大。"
    return f"前后均未见{NAME.get(kind, '异常')}。"


REPORT = "所见：{f}\n印象：{i}"

# ---------------------------------------------------------------- questions

SAY = {
    "effusion": ["胸腔积液", "积液", "胸水", "胸腔积液"], "pneumothorax": ["气胸", "气胸", "胸腔积气"], "consolidation": ["实变", "肺实变", "实变影"],
    "nodule": ["结节", "肺结节", "结节影"], "cardiomegaly": ["心影增大", "心脏增大", "心脏扩大"], "ground_glass": ["磨玻璃影", "磨玻璃", "磨玻璃密度影", "GGO"],
    "lesion": ["高信号病灶", "病灶", "高信号", "T2高信号病灶", "高信号灶"], "ventricles": ["脑室扩大", "脑室增大", "脑室扩张"], "shift": ["中线移位", "中线偏移", "中线结构移位"],
}
SAY = {k: [(n, n, n) for n in v] for k, v in SAY.items()}
SIDE_AT = {"left": ["左侧", "左边", "左"], "right": ["右侧", "右边", "右"]}
LUNG_AT = {"left": ["左侧", "左边", "左肺"], "right": ["右侧", "右边", "右肺"]}
SHIFT_TO = {"left": ["向左的", "往左的"], "right": ["向右的", "往右的"]}
ZONE_AT = ["{p}", "{p}里", "{p}处"]
PICTURE_AT = (["第一张图", "第一张", "既往图像", "图1", "前一张片子"], ["第二张图", "第二张", "当前图像", "图2", "后一张片子"])

DESCRIBE = """描述这张图|请描述这张图像|描述一下|请写报告|写一份报告|给出完整报告|你看到了什么|这张图显示什么|读片|请读片|解读这张图|看看这张片子|报告|请描述影像表现|详细描述
|请给出所见和印象|这张片子怎么样|帮我看看这张图|能描述一下这张图像吗|请出具影像报告|图上有什么|请分析这张图|分析图像|请讲解这张片子|影像描述|生成报告|片子情况如何|请全面描述|描述图片|报告一下""".replace("\n", "").split("|")
FINDINGS = """有哪些征象|列出所见|只写所见|影像所见|所见|请列出所有征象|都有哪些发现|有什么发现|列出全部异常征象|只要所见，不要印象|所见部分|说出所有征象|有哪些异常表现|请只列出征象|发现了哪些异常""".replace("\n", "").split("|")
IMPRESSION = """印象|给出印象|只要印象|结论|总结一下|一句话总结|提示什么|考虑什么|结论是什么|简单说是什么|请给出结论|印象是什么|简要总结|总之是什么情况|诊断是什么|诊断意见|这提示什么|简短结论|最后的印象|概括一下""".replace("\n", "").split("|")
PRESENT = """{w}有{n}吗|{w}有没有{n}|{w}是否有{n}|{w}是否存在{n}|{w}能看到{n}吗|{w}见到{n}了吗|{w}有无{n}|{w}可见{n}吗|请看看{w}有没有{n}|检查一下{w}有没有{n}|{w}存在{n}吗|{w}有{n}么|是不是{w}有{n}
|你看到{w}{n}了吗|{w}有{n}的证据吗|{w}有{n}的迹象吗|{w}{n}有吗|请判断{w}是否有{n}|{w}会不会有{n}|{w}{n}？有还是没有|图上{w}有{n}吗|病人{w}有{n}吗|我担心{w}有{n}，有吗|{w}能发现{n}吗""".replace("\n", "").split("|")
PRESENT_TWO = ["有{n}或{m}吗", "有没有{n}和{m}", "{n}、{m}有吗", "是否有{n}或者{m}", "看看有没有{n}和{m}", "有{n}吗？有{m}吗"]
PRESENT_HELD = ["麻烦看下{w}有{n}吗", "{w}可以看到{n}吗", "请问{w}有没有{n}呢"]
RULE_OUT = """能排除{w}{n}吗|可以排除{w}{n}吗|请排除{w}{n}|排除{w}{n}|{w}{n}能除外吗|是否可以除外{w}{n}""".replace("\n", "").split("|")
HEART = {
    "cardiomegaly": ["心影大吗", "心脏大吗", "心脏大不大", "心影增大了吗", "心脏是否增大", "心影有没有增大"],
    "ventricles": ["脑室大吗", "脑室扩大了吗", "脑室是否扩大", "脑室大不大", "脑室有没有扩张"],
    "shift": ["中线移位了吗", "中线有没有偏", "中线是否移位", "中线偏了吗"],
}
STATE = {
    "cardiomegaly": ["心脏怎么样", "心影如何", "心影大小正常吗", "心脏正常吗", "评价一下心影", "描述心影", "心影情况", "心脏大小如何"],
    "ventricles": ["脑室怎么样", "脑室如何", "脑室正常吗", "评价一下脑室", "描述脑室", "脑室大小正常吗", "脑室情况"],
}
ABNORMAL = """{w}有异常吗|{w}有没有异常|{w}有什么异常吗|{w}是否异常|{w}有问题吗|{w}有没有问题|{w}能看到异常吗|{w}是否有异常|{w}有异常发现吗|{w}有病变吗|{w}有无异常|{w}哪里不对吗""".replace("\n", "").split("|")
NORMAL = """正常吗|这张图正常吗|是正常的吗|是否正常|片子正常吗|一切正常吗|这是正常的片子吗|是不是正常|正不正常|算正常吗""".replace("\n", "").split("|")
LUNGS = ["双肺清晰吗", "肺部清晰吗", "两肺清楚吗", "肺野清晰吗"]
WHERE = """{n}在哪里|{n}在哪|{n}在什么位置|{n}的位置|{n}位于哪里|{n}在哪个部位|请指出{n}的位置|{n}位置|哪里有{n}|{n}具体在哪里|{n}在哪个区域|请定位{n}|找出{n}在哪|{n}位于何处""".replace("\n", "").split("|")
SIDE = """{n}在哪一侧|{n}在左边还是右边|哪一侧有{n}|{n}是哪侧|{n}在左侧还是右侧|哪边有{n}|{n}：左还是右|{n}是左侧的还是右侧的""".replace("\n", "").split("|")
SIDE_SHIFT = ["中线移位向哪侧", "中线向哪边移位", "中线偏向哪一侧", "中线往左还是往右移位", "中线移位的方向"]
SIZE = """{w}{n}有多大|{w}{n}多大|{w}{n}的大小|{w}{n}大小|{w}{n}多少毫米|{w}{n}直径多少|测量{w}{n}|请测量{w}{n}的大小|{w}{n}的直径是多少|{w}{n}有几毫米|{w}{n}的最大径|{w}{n}尺寸""".replace("\n", "").split("|")
SEVERITY_ASK = """{w}{n}有多严重|{w}{n}严重吗|{w}{n}程度如何|{w}{n}多大|{w}{n}的程度|{w}{n}的量有多少|{w}{n}量多吗|{w}{n}多不多|{w}{n}属于什么程度|评估{w}{n}的程度|{w}{n}有多少""".replace("\n", "").split("|")
SEVERITY_STATE = ["{n}有多严重", "{n}严重吗", "{n}程度如何", "{n}的程度", "{n}属于什么程度", "评估{n}的程度", "{n}多严重", "{n}明显吗"]
COUNT = """有几个{n}|有多少个{n}|{n}有几个|{n}的数量|{n}数目|一共有几个{n}|数一下{n}|请数一数{n}|{n}是一个还是多个|多少个{n}|图上有几个{n}|总共多少个{n}""".replace("\n", "").split("|")
COUNT_ALL = ["有几个征象", "有多少个异常", "一共有几个发现", "征象数量", "异常有几处", "共有几个征象", "有几处异常"]
VIEW_ASK = """这是什么图像|这是什么检查|这是什么片子|什么模态|这是什么类型的图|这是哪个部位|检查类型是什么|这是X光、CT还是磁共振|这是什么图|图像类型|这是什么影像|这是哪种检查|拍的是哪里""".replace("\n", "").split("|")
VIEW_YN = {"cxr": ["胸片", "X光片", "X线片"], "ct": ["CT", "胸部CT", "CT图像"], "head": ["磁共振", "MRI", "头部MRI"]}
VIEW_YN_ASK = ["这是{v}吗", "这是不是{v}", "是{v}吗", "这张是{v}吗"]
WORLD_ASK = """法国的首都是哪里|你是谁|你能做什么|写一首诗|阿司匹林应该吃多少|这个病人多大年龄|病人叫什么名字|讲个笑话|1加1等于几|今天天气怎么样|翻译成德语|怎么治疗|该吃什么药|预后怎么样|病人是男是女|糖尿病的病因是什么
|你是ChatGPT吗|你是什么模型|谁制作了你|我能相信你吗|你是医生吗|人生的意义是什么|唱首歌|现在几点|怎么做饭|需要去医院吗|用什么抗生素|血压是多少|病人抽烟吗|这是什么时候拍的|这是哪家医院的|推荐一家餐厅|会死吗|需要手术吗|你好|谢谢
|你叫什么名字|介绍一下你自己|病人体重多少|病人发烧吗|写一封邮件|中国有多少人口|给我一个菜谱|你有什么局限|能用于临床吗|这是真实病人吗|病人身高多少|股票会涨吗|怎么学英语""".replace("\n", "").split("|")
UNKNOWN = """骨折|肋骨骨折|甲状腺结节|肿瘤|癌症|肺癌|出血|脑出血|中风|肺气肿|肺炎|肺结核|起搏器|导管|动脉瘤|脊柱侧弯|疝|游离气体|转移瘤|纤维化|肺水肿|脑梗死|肺不张|异物|胆结石|肾结石|肝脏病变|支气管扩张|脓肿|囊肿|关节炎|骨质疏松
|钙化|淋巴结肿大|肺栓塞|脑萎缩|鼻窦炎|新冠|主动脉夹层|乳腺肿块""".replace("\n", "").split("|")
UNKNOWN_ASK = """有{x}吗|有没有{x}|是否有{x}|能看到{x}吗|是{x}吗|会不会是{x}|有无{x}|能排除{x}吗|请看看有没有{x}|{x}在哪里|{x}多大|存在{x}吗""".replace("\n", "").split("|")

BOX_ALL = """框出所有征象|用框标出所有异常|请以JSON给出所有征象的边界框|输出所有异常的box_2d|标出所有异常|框出异常|给出全部征象的坐标框|检测所有异常并返回JSON|画框|定位所有征象，返回box_2d|请框出全部发现|边界框|用JSON列出box_2d""".replace("\n", "").split("|")
BOX_ONE = """框出{n}|请框出{n}|用框标出{n}|给出{n}的边界框|{n}的box_2d|以JSON返回{n}的位置box_2d|定位{n}，返回JSON|检测{n}并给出边界框|{n}在哪里？用JSON框回答|标出{n}|画出{n}的框|{n}坐标box_2d""".replace("\n", "").split("|")
BOX_SKELETON = ("说明：边界框格式为[y0, x0, y1, x1]，坐标归一化到[0, 1000]。\n\n问题：{n}在哪里？请以\"Final Answer: X\"的格式给出最终答案，X是包含\"box_2d\"和\"label\"的JSON列表。")
BOX_FINAL = "Final Answer: "

REGION = "区域 {r}：{b}"
REGION_ASK = """这个区域有什么|这个区域里有什么|{r}里有什么|{r}是什么|描述这个区域|该区域有什么|这里有什么|这是什么|区域{r}有什么|这个区域有异常吗|这个框里是什么|{r}有什么征象|看看这个区域|{r}区域内有什么发现|描述{r}|这里是什么""".replace("\n", "").split("|")
REGION_TWO = ["这两个区域有什么", "R1和R2里有什么", "描述两个区域", "比较R1和R2", "R1和R2分别是什么", "两个区域分别有什么"]
REGION_KIND = ["这个区域有{n}吗", "{r}里有{n}吗", "{r}有没有{n}", "该区域是否有{n}", "{n}在{r}里吗", "{r}内可见{n}吗"]
REGION_SIZE = ["{r}里的征象有多大", "这个区域的征象多大", "{r}中的征象大小", "该区域的征象有多大"]
REGION_INLINE = """{b}里有什么|{b}是什么|描述区域{b}|{b}处有什么|框{b}里是什么|{"box_2d": {b}}里有什么|{"box_2d": {b}}是什么|{b}有异常吗|看看{b}这个区域""".replace("\n", "").split("|")

PRIOR = "既往报告：\n{p}\n\n{q}"
COMPARE = """与既往比较|和之前比较|有什么变化|与既往报告相比有什么变化|对比|比较一下|有变化吗|和以前相比如何|较前有何变化|变化情况|请描述变化|请与既往对比|是好转还是加重|总结变化|和上次比怎么样|有何不同|对比既往报告|病情进展如何|较前如何|写出对比结果""".replace("\n", "").split("|")
COMPARE_TWO = """比较两张图|比较这两张图像|两张图有什么变化|两张图有什么不同|第二张和第一张比有什么变化|对比两张图像|有什么变化|比较图1和图2|从第一张到第二张有什么变化|前后对比|比较一下|与既往图像对比|是好转还是加重|有何变化""".replace("\n", "").split("|")
COMPARE_KIND = """{n}有什么变化|{n}变化了吗|{n}较前如何|{n}有变化吗|{n}和之前比怎么样|比较{n}|{n}的变化|{n}与既往相比如何|{n}是好转还是加重|{n}较前有何变化|{n}怎么样了|{n}变化情况|请比较{n}的变化""".replace("\n", "").split("|")
COMPARE_IS = {
    "new": ["{n}是新出现的吗", "有新的{n}吗", "{n}是新发的吗", "是否有新出现的{n}"],
    "gone": ["{n}消失了吗", "{n}吸收了吗", "{n}没有了吗", "{n}是否消失"],
    "larger": ["{n}变大了吗", "{n}增大了吗", "{n}加重了吗", "{n}是否增大", "{n}比之前大吗"],
    "smaller": ["{n}变小了吗", "{n}缩小了吗", "{n}减轻了吗", "{n}是否缩小", "{n}比之前小吗"],
    "stable": ["{n}稳定吗", "{n}没有变化吗", "{n}和之前一样吗", "{n}是否稳定"],
}
COMPARE_IS_STATE = {"new": ["{n}是新出现的吗", "{n}是新发的吗"], "gone": ["{n}消失了吗", "{n}恢复了吗"], "larger": ["{n}加重了吗", "{n}比之前更明显吗"],
                    "smaller": ["{n}减轻了吗", "{n}好转了吗"], "stable": ["{n}稳定吗", "{n}和之前一样吗"]}
COMPARE_ANY = {
    "new": ["有什么新的", "有新发现吗", "有新出现的征象吗", "新出现了什么", "哪些是新的"],
    "gone": ["什么消失了", "有消失的吗", "哪些征象消失了", "有什么吸收了"],
    "larger": ["什么变大了", "有增大的吗", "哪些征象增大了", "有没有变大的"],
    "smaller": ["什么变小了", "有缩小的吗", "哪些征象缩小了", "有没有变小的"],
    "stable": ["什么没有变化", "哪些征象稳定", "有不变的吗", "哪些没变"],
}

MORE_WHERE = ["在哪里", "在哪", "具体在哪里", "位置呢", "什么位置", "在哪个部位", "它在哪里", "哪个区域"]
MORE_SIDE = ["哪一侧", "在哪侧", "左边还是右边", "哪边", "左还是右", "在哪一侧"]
MORE_SIZE = ["有多大", "多大", "大小呢", "它有多大", "多少毫米", "直径多少", "测量一下", "尺寸呢"]
MORE_SEVERITY = ["有多严重", "严重吗", "程度呢", "程度如何", "多不多", "有多大", "什么程度"]
MORE_BESIDES = ["还有其他征象吗", "还有别的吗", "其他呢", "还有其他异常吗", "还有什么", "有没有其他发现", "另外还有吗", "还有其他的吗"]
MORE_SURE = ["确定吗", "你确定吗", "真的吗", "再看看", "请再确认一下", "肯定吗", "对吗"]
MORE_BOX = ["框出来", "把它框出来", "给出它的框", "标出来", "它的box_2d", "画框", "坐标呢", "用框标出"]
MORE_ON = ["{side}侧呢", "那{side}侧呢", "{side}边呢", "{side}边有吗", "那{side}边呢", "{side}侧怎么样", "{side}侧有吗"]
MORE_KIND = ["{n}呢", "那{n}呢", "有{n}吗", "还有{n}吗", "{n}有吗", "那有没有{n}", "也有{n}吗"]
MORE_HEART = {"cardiomegaly": ["心脏呢", "那心脏呢", "心影呢", "心脏怎么样", "那心影呢"], "ventricles": ["脑室呢", "那脑室呢", "脑室怎么样"]}
MORE_COUNT = ["有几个", "几个", "一共几个", "只有一个吗", "多少个", "数量呢"]
MORE_CHANGE = ["{n}呢", "那{n}呢", "{n}怎么样了", "{n}怎么样"]
MORE_TRANSLATE = ["请用英文回答", "用英文说", "英文", "翻译成英文", "用英语怎么说", "请说英文"]  # the answer is in English

SYSTEM = ["你是一名放射科专家。", "你是一个有用的医学助手。", "请简要回答。", "你是一位放射科教师。", "请用中文回答。", "仅供教学，不用于临床。", "回答要简短、准确。", "你是医学影像专家。"]
BEFORE = ["请问", "请问，", "医生，", "你好，", "麻烦问一下，", "那么，", "请告诉我，", "问题：", "现在"]
AFTER = ["，谢谢", "，请回答", "，简短回答", "，请简要说明", "，谢谢！"]
PRIOR_OPEN = ["", "", "", "所见：", "影像所见：", "既往检查：", "上月：", "两周前：", "可见", "既往片示", "2021年3月12日报告：", "原有"]
PRIOR_NORMAL = ["未见异常。", "正常。", "未见明显异常。", "无异常", "检查正常。", "无异常发现。", "双肺清晰，未见异常。", "正常"]
