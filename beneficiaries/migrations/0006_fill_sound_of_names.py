"""Fill the sound of the names that are there, by the rules as they were when the column came."""

import re

from django.db import migrations

SOUNDS = [
    (r"sht|shch", "st"), (r"sh|sch", "s"), (r"tch|ch", "c"), (r"zh", "z"), (r"ts|tz|cz", "c"), (r"ks|x", "ks"),
    (r"ph", "f"), (r"th", "t"), (r"kh|gh", "h"), (r"w", "v"), (r"[yji]+", "i"), (r"ou", "u"), (r"(.)\1+", r"\1"),
    (r"(ov|ev|in|ski|ck)s$", r"\1"),
]  # fmt: skip


def sound(key):
    words = []
    for word in key.split():
        for pattern, plain in SOUNDS:
            word = re.sub(pattern, plain, word)
        words.append(word)
    return " ".join(sorted(words))[:200]


def fill(apps, schema_editor):
    Identity = apps.get_model("beneficiaries", "Identity")
    batch = []
    for identity in Identity.objects.filter(sound_key="").only("search_key").iterator(2000):
        identity.sound_key = sound(identity.search_key)
        batch.append(identity)
        if len(batch) == 2000:
            Identity.objects.bulk_update(batch, ["sound_key"])
            batch.clear()
    Identity.objects.bulk_update(batch, ["sound_key"])


class Migration(migrations.Migration):
    dependencies = [("beneficiaries", "0005_sound_of_names")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
