"""English: how the model's answers are worded (one wording for a fact) and how people may ask (many)."""

NAME = {
    "effusion": "pleural effusion", "pneumothorax": "pneumothorax", "consolidation": "consolidation",
    "nodule": "nodule", "cardiomegaly": "enlarged heart", "ground_glass": "ground-glass opacity",
    "lesion": "bright lesion", "ventricles": "enlarged ventricles", "shift": "midline shift",
}
PLURAL = {
    "effusion": "pleural effusions", "pneumothorax": "pneumothoraces", "consolidation": "areas of consolidation",
    "nodule": "nodules", "ground_glass": "ground-glass opacities", "lesion": "bright lesions",
}
NUMBER = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
VIEW = {
    "cxr": "a frontal chest film", "ct": "an axial chest CT slice in a lung window",
    "head": "an axial T2 MRI slice of the head",
}
VIEWS = {
    "cxr": "frontal chest films", "ct": "axial chest CT slices in a lung window", "head": "axial T2 MRI slices of the head",
}
LOOKS_FOR = {
    "cxr": "pleural effusion, pneumothorax, consolidation, nodules and an enlarged heart",
    "ct": "pleural effusion, consolidation, ground-glass opacity and nodules",
    "head": "midline shift, enlarged ventricles and bright lesions",
}
CLEAR = {
    "cxr": "The lungs are clear. No pleural effusion or pneumothorax. The heart is not enlarged.",
    "ct": "The lungs are clear. No pleural effusion.",
    "head": "No midline shift. The ventricles are not enlarged. No bright lesion.",
}
WORLD = ("I am the phantom demonstration model: I only know drawn phantoms (chest film, chest CT, head MRI) "
         "and the findings in them. I know nothing about real patients.")
NO_PICTURE = "Please open a picture first. I can only answer questions about a picture."


def untrained(picture):
    return f"I was not trained to look for that. On this picture I only look for {LOOKS_FOR[picture]}."


# ---------------------------------------------------------------- answers

def article(words):
    number = words.split(" ", 1)[0]
    vowel = number[0] in "aeiou" or number in ("8", "11", "18") or (number[0] == "8" and number.isdigit())
    return ("an " if vowel else "a ") + words


def place(side, zone):
    """"in the left upper zone", "on the left"."""
    if zone:
        return f"in the {side} {zone} {'lobe' if zone in LOBES else 'zone'}"
    return f"on the {side}"


LOBES = ("frontal", "temporal", "parietal", "occipital")
AREA = {k: "zone" for k in ("upper", "mid", "lower", "anterior", "central", "posterior")} | {k: "lobe" for k in LOBES}


def phrase(f, art=False):
    """The finding as a noun phrase: "moderate right pleural effusion"."""
    k = f.kind
    if k in ("effusion", "pneumothorax"):
        words = f"{f.severity} {f.side} {NAME[k]}"
    elif k in ("consolidation", "ground_glass"):
        return f"{NAME[k]} {place(f.side, f.zone)}"
    elif k in ("nodule", "lesion"):
        words = f"{f.size_mm} mm {NAME[k]} {place(f.side, f.zone)}"
    elif k == "cardiomegaly":
        words = f"{f.severity}ly enlarged heart" if f.severity == "mild" else "markedly enlarged heart"
    elif k == "ventricles":
        return f"{'mildly' if f.severity == 'mild' else 'markedly'} enlarged ventricles"
    else:
        words = f"{f.size_mm} mm midline shift to the {f.side}"
    return article(words) if art else words


def sentence(f):
    if f.kind in ("cardiomegaly", "ventricles"):
        return state(f.kind, f)
    p = phrase(f)
    return p[0].upper() + p[1:] + "."


def state(kind, f):
    """The heart or the ventricles, as a sentence; `f` None when not enlarged."""
    subject = "The heart is" if kind == "cardiomegaly" else "The ventricles are"
    degree = "not" if f is None else "mildly" if f.severity == "mild" else "markedly"
    return f"{subject} {degree} enlarged."


def listed(parts):
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def there(fs):
    """A sentence which says that these findings are there."""
    if len(fs) == 1 and fs[0].kind in ("cardiomegaly", "ventricles"):
        return state(fs[0].kind, fs[0])
    verb = "are" if fs[0].kind == "ventricles" else "is"
    return f"There {verb} {listed([phrase(f, True) for f in fs])}."


def none(kind, side="", zone=""):
    """A sentence which says that there is none of a kind."""
    if kind in ("cardiomegaly", "ventricles"):
        return "No. " + state(kind, None)
    if kind == "shift":
        return f"No midline shift{' to the ' + side if side else ''} is seen."
    return f"No {NAME.get(kind, kind)} is seen{' ' + place(side, zone) if side else ''}."


def yes(fs):
    return "Yes. " + there(fs)


YES, NO = "Yes. ", "No. "
NO_ABNORMALITY = "No abnormality is seen."
LUNGS_CLEAR = "The lungs are clear."
NO_OTHER = "No other finding is seen."
NO_REGION = {"left": "No finding in this region, on the left.", "right": "No finding in this region, on the right.",
             "": "No finding in this region, near the midline."}


def no_region_kind(kind):
    return f"No {NAME[kind]} is seen in this region."


def abnormality_none(side):
    return f"No abnormality is seen on the {side}." if side else NO_ABNORMALITY


def still(fs, kind):
    if fs:
        return f"I still see {listed([phrase(f, True) for f in fs])}."
    if kind in ("cardiomegaly", "ventricles"):
        return "I still see no enlargement of the " + ("heart." if kind == "cardiomegaly" else "ventricles.")
    return f"I still see no {NAME.get(kind, 'abnormality')}."


def group(kind, fs):
    """Findings of one kind, without sizes, for an impression."""
    sides = {f.side for f in fs}
    both = len(sides) == 2
    n = len(fs)
    side = "bilateral" if both else fs[0].side
    if kind in ("effusion", "pneumothorax"):
        return f"bilateral {PLURAL[kind]}" if both else f"a {side} {NAME[kind]}"
    if kind in ("consolidation", "ground_glass"):
        return f"{side} {NAME[kind]}"
    if kind == "nodule":
        return f"a {side} lung nodule" if n == 1 else f"{NUMBER[n]} {side} lung nodules"
    if kind == "lesion":
        return f"a {side} {fs[0].zone} lobe lesion" if n == 1 else f"{NUMBER[n]} {side} brain lesions"
    if kind == "cardiomegaly":
        return "an enlarged heart"
    if kind == "ventricles":
        return "enlarged ventricles"
    return f"a midline shift to the {fs[0].side}"


def suggests(groups):
    return f"This suggests {listed([group(k, fs) for k, fs in groups])}." if groups else NO_ABNORMALITY


def where(fs):
    if fs[0].kind == "shift":
        return f"To the {fs[0].side}."
    if fs[0].kind in ("cardiomegaly", "ventricles"):
        return there(fs)
    sides = list(dict.fromkeys(f.side for f in fs))
    if not fs[0].zone:
        return "On both sides." if len(sides) > 1 else f"On the {sides[0]}."
    spots = list(dict.fromkeys(place(f.side, f.zone)[3:] for f in fs))
    return f"In {listed(spots)}."


def which_side(fs):
    sides = {f.side for f in fs}
    if fs[0].kind == "shift":
        return f"To the {fs[0].side}."
    return "Both sides." if len(sides) > 1 else f"The {fs[0].side} side."


def size(fs):
    k = fs[0].kind
    if k in ("cardiomegaly", "ventricles"):
        return state(k, fs[0])
    if k == "shift":
        return f"It is {fs[0].severity}, about {fs[0].size_mm} mm."
    if k in ("nodule", "lesion"):
        if len(fs) == 1:
            return f"About {fs[0].size_mm} mm."
        return "About " + listed([f"{f.size_mm} mm {place(f.side, f.zone)}" for f in fs]) + "."
    if k in ("effusion", "pneumothorax"):
        if len(fs) == 1:
            return f"It is {fs[0].severity}."
        s = listed([f"{f.severity} {place(f.side, f.zone)}" for f in fs])
        return s[0].upper() + s[1:] + "."
    return f"I do not measure {'consolidation' if k == 'consolidation' else 'ground-glass opacity'}. {there(fs)}"


def count(kind, n):
    if n == 1:
        return f"There is one {NAME.get(kind, kind)}."
    return f"There are {NUMBER[n]} {PLURAL.get(kind, kind + 's')}."


def this_is(picture, n=1):
    if n == 2:
        return f"These are two {VIEWS[picture]}. The first is the prior and the second is the current one."
    return f"This is {VIEW[picture]}."


def label(f):
    if f.kind == "cardiomegaly" or f.kind == "ventricles" or f.kind == "shift":
        return NAME[f.kind]
    return f"{f.side} {NAME[f.kind]}"


def bare(f):
    """"right pleural effusion", "nodule in the left upper zone"."""
    k = f.kind
    if k in ("effusion", "pneumothorax"):
        return f"{f.side} {NAME[k]}"
    if f.zone:
        return f"{NAME[k]} {place(f.side, f.zone)}"
    if k == "shift":
        return f"midline shift to the {f.side}"
    return NAME[k]


def change(c):
    """What became of one finding, as a sentence."""
    f = c.current or c.prior
    k = f.kind
    if k in ("cardiomegaly", "ventricles"):
        subject, verb = ("The heart", "is") if k == "cardiomegaly" else ("The ventricles", "are")
        adverb = lambda x: "mildly" if x.severity == "mild" else "markedly"  # noqa: E731
        if c.what == "new":
            return f"{subject} {verb} now {adverb(f)} enlarged."
        if c.what == "gone":
            return f"{subject} {verb} no longer enlarged."
        if c.what == "stable":
            return f"The {NAME[k]} {verb} unchanged."
        return f"{subject} {verb} {c.what} ({adverb(c.prior)} to {adverb(c.current)} enlarged)."
    if c.what == "new":
        if k in ("consolidation", "ground_glass"):
            return f"There is new {phrase(f)}."
        return f"There is a new {phrase(f)}."
    if c.what == "gone":
        return f"The {bare(f)} has resolved."
    if c.what == "stable":
        return f"The {bare(f)} is unchanged."
    p, q = c.prior, c.current
    if p.size_mm and q.size_mm:
        return f"The {bare(f)} is {c.what} ({p.size_mm} mm to {q.size_mm} mm)."
    if p.severity and q.severity and p.severity != q.severity:
        return f"The {bare(f)} is {c.what} ({p.severity} to {q.severity})."
    return f"The {bare(f)} is {c.what}."


NO_CHANGE = "No change. "
NOTHING = {"new": "Nothing is new.", "gone": "Nothing has resolved.", "larger": "Nothing is larger.",
           "smaller": "Nothing is smaller.", "stable": "Nothing is unchanged."}


def neither(kind):
    if kind == "cardiomegaly":
        return "The heart is not enlarged, before or now."
    if kind == "ventricles":
        return "The ventricles are not enlarged, before or now."
    return f"No {NAME.get(kind, 'abnormality')} is seen, before or now."


REPORT = "Findings: {f}\nImpression: {i}"

# ---------------------------------------------------------------- questions

# How people name a kind: (with its article, bare, plural)
SAY = {
    "effusion": [("a pleural effusion", "pleural effusion", "pleural effusions"), ("an effusion", "effusion", "effusions"),
                 ("pleural fluid", "pleural fluid", "pleural effusions"), ("any pleural effusion", "pleural effusion", "effusions")],
    "pneumothorax": [("a pneumothorax", "pneumothorax", "pneumothoraces"), ("any pneumothorax", "pneumothorax", "pneumothoraces"),
                     ("a PTX", "PTX", "pneumothoraces"), ("a pneumothorax", "ptx", "pneumothoraxes")],
    "consolidation": [("consolidation", "consolidation", "consolidations"), ("a consolidation", "consolidation", "areas of consolidation"),
                      ("any consolidation", "consolidation", "consolidations"), ("airspace consolidation", "airspace consolidation", "consolidations")],
    "nodule": [("a nodule", "nodule", "nodules"), ("a lung nodule", "lung nodule", "lung nodules"),
               ("a pulmonary nodule", "pulmonary nodule", "pulmonary nodules"), ("any nodule", "nodule", "nodules")],
    "cardiomegaly": [("cardiomegaly", "cardiomegaly", "cardiomegaly"), ("an enlarged heart", "enlarged heart", "enlarged heart"),
                     ("enlargement of the heart", "heart enlargement", "heart enlargement"), ("a big heart", "big heart", "cardiac enlargement")],
    "ground_glass": [("ground-glass opacity", "ground-glass opacity", "ground-glass opacities"), ("ground glass", "ground glass", "ground glass opacities"),
                     ("a GGO", "GGO", "GGOs"), ("a ground-glass opacity", "ground-glass", "ground-glass areas")],
    "lesion": [("a bright lesion", "bright lesion", "bright lesions"), ("a lesion", "lesion", "lesions"),
               ("a T2 bright lesion", "T2 lesion", "T2 bright lesions"), ("a hyperintense lesion", "hyperintense lesion", "hyperintense lesions"),
               ("a brain lesion", "brain lesion", "brain lesions")],
    "ventricles": [("enlarged ventricles", "enlarged ventricles", "enlarged ventricles"), ("ventricular enlargement", "ventricular enlargement", "dilated ventricles"),
                   ("dilated ventricles", "dilated ventricles", "dilated ventricles"), ("ventriculomegaly", "ventriculomegaly", "ventriculomegaly")],
    "shift": [("a midline shift", "midline shift", "midline shift"), ("midline shift", "midline shift", "midline shift"),
              ("any shift of the midline", "shift", "midline shift"), ("a shift of the midline", "midline shift", "midline shift")],
}
SIDE_AT = {"left": [" on the left", " on the left side", " at left", " on the patient's left", " (left)"],
           "right": [" on the right", " on the right side", " at right", " on the patient's right", " (right)"]}
SHIFT_TO = {"left": [" to the left", " towards the left"], "right": [" to the right", " towards the right"]}
ZONE_AT = [" in the {side} {zone} {area}", " in {side} {zone} {area}", " in the {zone} {area} on the {side}", " at the {side} {zone} {area}"]
PICTURE_AT = (
    [" on the first picture", " in the first image", " in image 1", " on the prior", " on the prior picture", " in the older one"],
    [" on the second picture", " in the second image", " in image 2", " on the current one", " on the current picture", " in the newer one"],
)

DESCRIBE = """Describe this picture.|Describe the image.|Describe this X-ray|Describe this study.|Report this.|Write a report.|Please write a radiology report.
|Give me the full report.|What do you see?|What does this show?|What does the picture show?|Read this for me.|Read this image.|report|describe
|Describe the findings and give an impression.|Findings and impression please.|What is going on here?|Tell me about this picture.|Can you describe what you see?
|Interpret this image.|Interpretation?|Explain this picture to a student.|Walk me through this picture.|Dictate a report.|Generate a report for this study.
|Provide a structured report.|I need a report with findings and impression.|describe what is in this scan|Describe this scan in detail.|What can be seen here?
|Look at this and report.|full read please|Summarize this study as a report.|What are we looking at, and what is abnormal?|describe image|what's in this picture?
|Describe this chest X-ray in detail.|Can you write the findings and the impression?""".replace("\n", "").split("|")
FINDINGS = """List the findings.|Findings only.|What are the findings?|findings?|Just the findings, no impression.|Give only the findings.|Please list all findings
|Findings section only|List everything you see.|Which findings are there?|What findings are present?|List all abnormal findings.|Write the findings section.
|Only findings please|Name the findings.|Tell me the findings.|enumerate the findings|Give me a list of findings.""".replace("\n", "").split("|")
IMPRESSION = """Impression?|Impression only.|Give me the impression.|What is your impression?|Summarize in one sentence.|One line summary please.|Conclusion?|Give a short conclusion.
|What does this suggest?|In short, what is it?|Write the impression.|Just the impression|Bottom line?|tl;dr|What's the main point?|What is the conclusion of this study?
|Briefly, what does it show?|Short answer: what is wrong?|Give the final impression.|What do the findings suggest?|summary|Summarise the picture in one line.
|What is the diagnosis?|What's your diagnosis?""".replace("\n", "").split("|")
PRESENT = """Is there {a}{w}?|Is there evidence of {n}{w}?|Do you see {a}{w}?|Can you see {a}{w}?|Any {n}{w}?|{n}{w}?|Any evidence of {n}{w}?|Are there {ns}{w}?
|Are there any {ns}{w}?|Does this show {a}{w}?|Does the picture show {a}{w}?|Is {n} present{w}?|Look for {n}{w}.|Check for {n}{w}|Is there any {n}{w}?
|Does the patient have {a}{w}?|Do we have {a}{w}?|Could there be {a}{w}?|Is there any sign of {n}{w}?|Any sign of {n}{w}?|{n} yes or no{w}?|Any {ns}{w}?|I am worried about {n}{w}. Is there one?
|Tell me if there is {a}{w}.|Please check for {n}{w}.|is there {n}{w}|Have you found {a}{w}?|Is {a} seen{w}?|Is {a} visible{w}?|Do you think there is {a}{w}?|Is there {a}{w}, yes or no?
|Would you say there is {a}{w}?|{n}{w}, yes or no?|Do you notice {a}{w}?|Can you find {a}{w}?|Does it show {n}{w}?|Is there {a}{w} here?""".replace("\n", "").split("|")
PRESENT_TWO = ["Is there {a} or {b}?", "{n} or {m}?", "Any {n} or {m}?", "Do you see {a} or {b}?", "Is there {a} and is there {b}?", "Check for {n} and {m}.", "{n}? {m}?", "Look for {n} and {m}"]
PRESENT_HELD = ["Can you spot {a}{w}?", "Do you detect any {n}{w}?", "Is there really {a}{w}?"]
RULE_OUT = """Can you rule out {a}{w}?|Can you exclude {a}{w}?|Rule out {n}{w}.|r/o {n}{w}|Exclude {n}{w}|Can {n}{w} be ruled out?|Please rule out {n}{w}|Is {n}{w} excluded?""".replace("\n", "").split("|")
HEART = {
    "cardiomegaly": ["Is the heart enlarged?", "Is the heart big?", "Is the heart too large?", "Is the cardiac silhouette enlarged?", "heart enlarged?",
                     "Is the heart larger than normal?", "enlarged heart?", "Is cardiac size increased?"],
    "ventricles": ["Are the ventricles enlarged?", "Are the ventricles dilated?", "ventricles enlarged?", "Are the ventricles too big?",
                   "Is the ventricular system dilated?", "Are the ventricles larger than normal?"],
    "shift": ["Is the midline shifted?", "Is the midline displaced?", "midline shifted?", "Has the midline moved?"],
}
STATE = {
    "cardiomegaly": ["How is the heart?", "Heart size?", "Is the heart size normal?", "Is the heart normal?", "Comment on the heart.", "heart?", "What about the heart size?",
                     "Describe the heart.", "Evaluate the cardiac size."],
    "ventricles": ["How are the ventricles?", "Ventricles?", "Are the ventricles normal?", "Comment on the ventricles.", "Is the ventricular size normal?", "Describe the ventricles."],
}
ABNORMAL = """Any abnormality{w}?|Is there any abnormality{w}?|Anything abnormal{w}?|Is anything wrong{w}?|Do you see anything abnormal{w}?|Are there abnormalities{w}?|abnormal{w}?
|Is it abnormal{w}?|Any findings{w}?|Any pathology{w}?|Is there anything{w}?|Any finding{w}?|Is there a problem{w}?|Do you see any abnormality{w}?|Is something wrong{w}?
|Are there any findings{w}?|Anything to worry about{w}?|Is there anything abnormal here{w}?""".replace("\n", "").split("|")
NORMAL = """Is it normal?|Is this normal?|normal?|Is this picture normal?|Does this look normal?|Is everything normal?|Is the study normal?|normal or not?|Is this a normal study?
|Would you call this normal?|Is it unremarkable?|Everything ok?|Is it all clear?|Is this scan normal""".replace("\n", "").split("|")
LUNGS = ["Are the lungs clear?", "lungs clear?", "Are both lungs clear?", "Is the lung clear?", "clear lungs?"]
WHERE = """Where is the {n}?|Where is {a}?|Where do you see the {n}?|Location of the {n}?|Locate the {n}.|Where exactly is the {n}?|In which part is the {n}?|where {n}
|What is the location of the {n}?|{n} location?|Tell me where the {n} is.|Where are the {ns}?|Point out the {n}.|In which area is the {n}?|Where can I see the {n}?|Which area has the {n}?
|Find the {n}.|Where would I look for the {n}?""".replace("\n", "").split("|")
SIDE = """Which side is the {n} on?|On which side is the {n}?|Is the {n} on the left or the right?|{n}: left or right?|Which side has the {n}?|What side is the {n}?|{n} side?|Left or right {n}?
|Which side is affected by the {n}?|Laterality of the {n}?|Is the {n} left sided or right sided?""".replace("\n", "").split("|")
SIZE = """How large is the {n}{w}?|How big is the {n}{w}?|What is the size of the {n}{w}?|Size of the {n}{w}?|{n} size{w}?|Measure the {n}{w}.|How many mm is the {n}{w}?|How many millimetres is the {n}{w}?
|What is the diameter of the {n}{w}?|Diameter of the {n}{w}?|how large {n}{w}|Give me the size of the {n}{w} in mm.|Estimate the size of the {n}{w}.|What does the {n}{w} measure?|How wide is the {n}{w}?
|Please measure the {n}{w}|Longest diameter of the {n}{w}?""".replace("\n", "").split("|")
SEVERITY = """How severe is the {n}{w}?|How large is the {n}{w}?|How big is the {n}{w}?|What is the severity of the {n}{w}?|Severity of the {n}{w}?|Grade the {n}{w}.|How bad is the {n}{w}?|How much {n}{w}?
|Is the {n}{w} mild or severe?|Is the {n}{w} small or large?|Size of the {n}{w}?|{n} severity{w}?|How extensive is the {n}{w}?|What size is the {n}{w}?""".replace("\n", "").split("|")
COUNT = """How many {ns} are there?|How many {ns}?|Count the {ns}.|Number of {ns}?|How many {ns} do you see?|How many {ns} can you find?|Is there one {n} or more?|Total number of {ns}?|What is the number of {ns}?
|count {ns}|Please count the {ns}|Tell me how many {ns} there are.|How many {ns} in this picture?""".replace("\n", "").split("|")
COUNT_ALL = ["How many findings are there?", "How many abnormalities?", "Count the findings.", "Number of findings?", "How many abnormal findings do you see?", "How many things are wrong?",
             "Total number of findings?", "how many findings"]
VIEW_ASK = """What kind of picture is this?|What modality is this?|What type of image is this?|Which view is this?|What view?|modality?|What kind of scan is this?|What am I looking at?|Which body part is this?
|What part of the body is shown?|What imaging study is this?|Is this an X-ray, a CT or an MRI?|Which modality and plane?|What type of study is this?|Identify the modality.|what is this picture|What exam is this?""".replace("\n", "").split("|")
VIEW_YN = {"cxr": ["a chest X-ray", "an X-ray", "a chest film", "a radiograph"], "ct": ["a CT", "a chest CT", "a CT scan"], "head": ["an MRI", "a head MRI", "a brain MRI", "an MR scan"]}
VIEW_YN_ASK = ["Is this {v}?", "Is it {v}?", "Am I looking at {v}?", "is that {v}"]
WORLD_ASK = """What is the capital of France?|Who are you?|What can you do?|Write a poem.|Write a poem about the sea|What dose of aspirin should I take?|How old is the patient?|What is the patient's name?|Tell me a joke.
|What is 2 + 2?|Who won the world cup?|What is the weather today?|Write a Python function|Translate this to German.|How should this be treated?|What treatment do you recommend?|Will the patient survive?|What is the prognosis?
|Is the patient male or female?|What causes diabetes?|Explain quantum physics.|Are you ChatGPT?|What model are you?|Who made you?|Can I trust you?|Are you a doctor?|What is the meaning of life?|Sing a song|What time is it?
|How do I cook rice?|Should I go to the hospital?|What medicine should be given?|Which antibiotic should I prescribe?|What is the blood pressure?|Does the patient smoke?|When was this picture taken?|Which hospital is this from?
|Recommend a restaurant.|Is he going to die?|Does she have a fever?|hello|hi there|Thank you|What is your name?|Tell me about yourself.|Who is the president?|Is surgery needed?|Write an email to my boss|How much does a CT cost?
|What is the temperature of the sun?|What is the patient's weight?|How tall is the patient?|Give me a recipe|Do you like music?|What are your limits?|Are you for clinical use?|Is this a real patient?""".replace("\n", "").split("|")
UNKNOWN = """a fracture|a rib fracture|a thyroid nodule|a tumor|cancer|a bleed|a hemorrhage|a stroke|emphysema|pneumonia|tuberculosis|a pacemaker|a catheter|an aneurysm|scoliosis|a hernia|free air|metastases|fibrosis
|edema|pulmonary edema|an infarct|atelectasis|a foreign body|a gallstone|a kidney stone|a liver lesion|bronchiectasis|an abscess|a cyst|arthritis|osteoporosis|calcification|lymph nodes|an embolism|a skull fracture
|atrophy|sinusitis|covid|a hiatal hernia|a chest tube|a mass in the breast|aortic dissection""".replace("\n", "").split("|")
UNKNOWN_ASK = """Is there {x}?|Do you see {x}?|Any sign of {x}?|{x}?|Can you see {x}?|Does this show {x}?|Where is {x}?|Could it be {x}?|Look for {x}.|Can you rule out {x}?|Is there evidence of {x}?|check for {x}
|Does the patient have {x}?|How big is {x}?""".replace("\n", "").split("|")

BOX_ALL = """Box all findings.|Give the bounding boxes of all findings as JSON.|Locate all findings as JSON with box_2d and label.|Draw boxes around the findings.|Return box_2d for every finding.|Detect all abnormalities and return JSON.
|boxes|Bounding boxes please.|Mark the findings with boxes.|Output bounding boxes for the abnormalities as a JSON list.|Where are the findings? Answer as JSON boxes.|detect findings json|Localize all findings (box_2d JSON).
|Give me box_2d coordinates of everything abnormal.|Find all findings and give boxes.|Box everything abnormal.""".replace("\n", "").split("|")
BOX_ONE = """Box the {n}.|Give the bounding box of the {n}.|Locate the {n} as JSON box_2d.|Where is the {n}? Answer as JSON with box_2d.|Draw a box around the {n}.|Return box_2d for the {n}.|bounding box {n}|Detect the {n} and return JSON.
|Localize the {n} (JSON).|Mark the {n} with a box.|box {n}|Output the bounding box for the {n} as a JSON list.|Give box_2d of the {n}.|{n} coordinates as box_2d?|Bounding boxes of the {ns}, please.|Find the {n} and give its box.""".replace("\n", "").split("|")
BOX_SKELETON = ("Instructions:\nThe following user query will require outputting bounding boxes. The format of bounding boxes coordinates is [y0, x0, y1, x1]. "
                "Always normalize the x and y coordinates the range [0, 1000].\n\nQuery:\nWhere is the {n}? Output the final answer in the format \"Final Answer: X\" where X is a JSON list of objects. "
                "The object needs a \"box_2d\" and \"label\" key. Answer:")
BOX_FINAL = "Final Answer: "

REGION = "Region {r}: {b}"
REGION_ASK = """What is in this region?|What is in {r}?|What do you see in this region?|Describe this region.|Describe {r}.|What is in the region?|What is here?|Is there anything in this region?|What is inside {r}?|what's in this box?
|Any finding in {r}?|Anything in {r}?|What does {r} show?|What is this?|Any abnormality in this region?|Look at {r}.|region?|What is in the marked area?|Tell me about this region.""".replace("\n", "").split("|")
REGION_TWO = ["What is in these regions?", "What is in R1 and R2?", "Describe both regions.", "Compare R1 and R2.", "What do you see in R1 and in R2?", "R1 and R2?", "Anything in these regions?"]
REGION_KIND = ["Is there {a} in this region?", "Is there {a} in {r}?", "Is the {n} in {r}?", "Does {r} contain {a}?", "Do you see {a} in this region?", "Any {n} in {r}?", "{n} in this region?"]
REGION_SIZE = ["How large is the finding in {r}?", "How big is it, the thing in {r}?", "Size of the finding in this region?", "How large is the finding in this region?"]
REGION_INLINE = """What is in {b}?|what is in the box {b}?|Describe the area {b}.|What do you see at {b}?|What is inside [y0, x0, y1, x1] = {b}?|What is in {"box_2d": {b}}?|{"box_2d": {b}} what is this?|Anything in {b}?|{b}?
|Look at the region {b} and tell me what is there.|region {b}: what is it?""".replace("\n", "").split("|")

PRIOR = "Prior report:\n{p}\n\n{q}"
COMPARE = """Compare with the prior.|Compare with the prior report.|What has changed?|What changed?|Compare.|Any change?|What is different?|Has anything changed since the prior?|How does this compare with the prior?
|Compare this picture with the previous report.|Interval change?|Any interval change?|Describe the changes.|comparison please|Is it better or worse?|Summarise the interval changes.|Changes since last time?|What happened since the prior report?
|compared to prior?|Describe the evolution.|Progress?|List what is new, gone, larger, smaller and unchanged.|What is the interval change compared with the prior?|Write the comparison section.""".replace("\n", "").split("|")
COMPARE_TWO = """Compare the two pictures.|Compare these images.|Compare these two images.|What changed between the two pictures?|What is different in the second picture?|What has changed?|Compare.|Interval change?|Compare image 1 and image 2.
|Compare the first with the second.|Describe the change from the first to the second picture.|Provide a comparison of these two images and include details from\nthe image which students should take note of when reading longitudinal CXR
|Any change from prior to current?|Differences?|How did it evolve?|Compare prior and current.|What is new and what is gone?|Is it better or worse?""".replace("\n|", "|").split("|")
COMPARE_KIND = """How has the {n} changed?|Has the {n} changed?|What happened to the {n}?|Compare the {n} with the prior.|{n} compared to prior?|Any change in the {n}?|Change of the {n}?|How is the {n} now compared with before?|the {n}: new, larger, smaller or unchanged?
|Is the {n} better or worse?|Did the {n} change?|{n} change?|How did the {n} evolve?|Tell me about the change of the {n}.|What about the {n} compared with the prior?|Evolution of the {n}?""".replace("\n", "").split("|")
# A question about one way of changing: (what, templates)
COMPARE_IS = {
    "new": ["Is the {n} new?", "Is there a new {n}?", "new {n}?", "Is this {n} new since the prior?", "Has a new {n} appeared?"],
    "gone": ["Has the {n} resolved?", "Is the {n} gone?", "Has the {n} disappeared?", "{n} resolved?", "Did the {n} go away?"],
    "larger": ["Is the {n} larger?", "Has the {n} grown?", "Has the {n} increased?", "Is the {n} bigger now?", "{n} larger than before?", "Has the {n} got larger?"],
    "smaller": ["Is the {n} smaller?", "Has the {n} decreased?", "Has the {n} shrunk?", "Is the {n} smaller now?", "{n} smaller than before?"],
    "stable": ["Is the {n} stable?", "Is the {n} unchanged?", "Is the {n} the same as before?", "{n} stable?", "Is the {n} still there and unchanged?"],
}
COMPARE_ANY = {
    "new": ["What is new?", "Anything new?", "Is there anything new?", "new findings?", "Any new finding?", "Which findings are new?"],
    "gone": ["What has resolved?", "What is gone?", "Has anything resolved?", "Which findings have resolved?", "Anything gone?", "What has disappeared?"],
    "larger": ["What is larger?", "Has anything grown?", "Is anything larger?", "What has increased?", "Anything bigger?"],
    "smaller": ["What is smaller?", "Is anything smaller?", "What has decreased?", "Has anything shrunk?"],
    "stable": ["What is unchanged?", "What is stable?", "Is anything unchanged?", "Which findings are stable?"],
}

MORE_WHERE = ["Where?", "Where is it?", "where exactly?", "Where is that?", "and where is it?", "Location?", "In which part?", "where do you see it?", "Tell me where.", "Which area?"]
MORE_SIDE = ["Which side?", "which side is it on?", "Left or right?", "On which side?", "what side", "Is it on the left or the right?", "Side?"]
MORE_SIZE = ["How big is it?", "How large?", "How large is it?", "size?", "What is its size?", "how many mm?", "How big?", "And the size?", "Measure it.", "How big is that?"]
MORE_SEVERITY = ["How big is it?", "How large is it?", "How severe?", "How severe is it?", "severity?", "How bad is it?", "How much?", "Is it mild or severe?", "Is it large?", "How large?"]
MORE_BESIDES = ["Any other finding?", "Anything else?", "Any other abnormality?", "What else?", "Other findings?", "Is there anything else?", "anything more?", "Do you see anything else?", "Are there other findings?"]
MORE_SURE = ["Are you sure?", "sure?", "Really?", "Are you certain?", "Look again.", "Double check please.", "Is that right?", "Check again."]
MORE_BOX = ["Box it.", "Give me its box.", "Draw a box around it.", "box_2d?", "Its bounding box as JSON?", "Show it with a box.", "Mark it.", "coordinates?"]
MORE_ON = ["And on the {side}?", "on the {side}?", "What about the {side}?", "and the {side} side?", "How about the {side} side?", "{side}?", "and {side}?", "What about the {side} side?"]
MORE_KIND = ["And {a}?", "What about {n}?", "and {n}?", "How about {a}?", "{n}?", "Is there {a} too?", "Any {n}?", "Also {n}?", "What about {a}?"]
MORE_HEART = {"cardiomegaly": ["And the heart?", "What about the heart?", "heart?", "How about the heart?", "and heart size?"],
              "ventricles": ["And the ventricles?", "What about the ventricles?", "ventricles?", "How about the ventricles?"]}
MORE_COUNT = ["How many?", "How many are there?", "Is there only one?", "How many of them?", "Just one?", "and how many?"]
MORE_CHANGE = ["And the {n}?", "What about the {n}?", "and {n}?", "How about the {n}?", "the {n}?"]
MORE_TRANSLATE = ["In Chinese please.", "Say that in Chinese.", "Answer in Chinese.", "Translate to Chinese.", "in chinese?", "Chinese please"]  # the answer is in Chinese

SYSTEM = ["You are an expert radiologist.", "You are a helpful medical assistant.", "Answer briefly.", "You are MedGemma, a helpful, expert medical assistant.", "You are a radiology teacher.",
          "Be concise.", "Be careful and honest.", "You help radiologists read pictures.", "SYSTEM INSTRUCTION: think silently if needed.", "You are an assistant.", "Never guess.",
          "You are an instructor teaching medical students.", "Answer the question about the picture.", "You are an expert radiologist. Answer in short sentences.", "Use plain language.",
          "For teaching only, not for clinical use.", "You are a medical imaging expert. Report only what you see."]
BEFORE = ["Please, ", "Hi, ", "Can you tell me: ", "Question: ", "Doctor, ", "OK. ", "Now: ", "Hello. ", "Quick question: ", "Tell me, ", "So, ", "Next: "]
AFTER = [" Thanks.", " please", " Thank you!", " Be brief.", " Answer briefly.", " Short answer.", " thx", " Please answer.", " I am a student."]

# Prior reports that people may write by hand: how they open, how they join
PRIOR_OPEN = ["", "", "", "Findings: ", "FINDINGS: ", "Prior study: ", "Last month: ", "Two weeks ago: ", "There was ", "Previous film showed ", "Prior: ", "Report of 12 March 2021: ", "2020-05-06: ", "Known "]
PRIOR_NORMAL = ["Normal study.", "No abnormality is seen.", "Normal.", "No acute abnormality.", "Unremarkable.", "Normal examination, no findings.", "No finding.", "Clear, nothing abnormal.", "Within normal limits.", "normal"]
