"""Makes the tiny models of these tests, and what the reference makes of them.

Run with: torch 2.15.0, transformers 5.24.0, sentencepiece 0.2.3, numpy 2.4.6, on a processor:

    python make_tiny.py data

Three models that were hardly trained, laid out as released ones are:

- opus-mt-en-es: one embedding for all, safetensors, `nmt_nfkc` normalization, swish;
- opus-mt-es-en: separate embeddings and vocabularies, a pickled .bin, gelu, no scaled embedding;
- opus-mt-en-ROMANCE: many targets by `>>fra<<`, one embedding, a pickled .bin, relu.

`expected.json` holds what MarianTokenizer, MarianMTModel and generate() give; `pieces.json` what
SentencePiece cuts some hundreds of texts into. Neither holds anything that was written by hand.
"""

import json
import random
import sys
from pathlib import Path

import sentencepiece
import torch
import transformers
from transformers import GenerationConfig, MarianConfig, MarianMTModel, MarianTokenizer

ENGLISH = """
The rain came down on the old harbour all night long.
A baker carries warm bread through the narrow street.
My neighbour keeps seven hens and a very loud cockerel.
We walked along the river until the lamps were lit.
Please close the window before the storm begins.
She wrote a long letter to her brother in the mountains.
How many boats are there in the harbour today?
The train to the coast leaves at half past nine.
I have lost my keys, my hat and my patience.
The clock in the tower has not worked for twenty years.
Do you think that the bridge will hold in the flood?
Children play with a red ball behind the school.
He sells apples, pears and cheese at the market.
Nobody knew the name of the man with the grey coat.
The dog sleeps under the table while we eat our soup.
When the snow melts, the mill wheel turns again.
"""

SPANISH = """
La lluvia cayó sobre el viejo puerto durante toda la noche.
Un panadero lleva pan caliente por la calle estrecha.
Mi vecino tiene siete gallinas y un gallo muy ruidoso.
Caminamos junto al río hasta que se encendieron las luces.
Por favor, cierra la ventana antes de que empiece la tormenta.
Ella escribió una larga carta a su hermano en las montañas.
¿Cuántos barcos hay hoy en el puerto?
El tren de la costa sale a las nueve y media.
He perdido mis llaves, mi sombrero y mi paciencia.
El reloj de la torre no funciona desde hace veinte años.
¿Crees que el puente aguantará la crecida?
Los niños juegan con una pelota roja detrás de la escuela.
Vende manzanas, peras y queso en el mercado.
Nadie sabía el nombre del hombre del abrigo gris.
El perro duerme debajo de la mesa mientras comemos la sopa.
Cuando se derrite la nieve, la rueda del molino vuelve a girar.
"""

TEXTS = {
    "en": [
        "The rain came down on the old harbour.",
        "How many boats?",
        "My neighbour keeps seven hens, and a dog!",
        "x",
        "Ünknown ☃ things: 42 and ﬁne １２ ｗｉｄｅ.",
        "When the snow melts, the mill wheel turns again while we eat our soup.",
    ],
    "es": [
        "La lluvia cayó sobre el viejo puerto.",
        "¿Cuántos barcos hay?",
        "Mi vecino tiene siete gallinas, ¡y un perro!",
        "x",
        "Nadie sabía el nombre ☃ del hombre.",
        "Cuando se derrite la nieve, la rueda del molino vuelve a girar.",
    ],
}

STEPS = 120

BEAMS = [
    {"num_beams": 4, "length_penalty": 1.0, "early_stopping": False},
    {"num_beams": 6, "length_penalty": 0.6, "early_stopping": True},
    {"num_beams": 3, "length_penalty": 2.0, "early_stopping": "never"},
]


def train(folder, name, text, rule, **more):
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text.strip().split("\n")),
        model_prefix=str(folder / name),
        vocab_size=more.pop("vocab_size", 130),
        model_type="unigram",
        normalization_rule_name=rule,
        minloglevel=2,
        **more,
    )
    (folder / name).with_suffix(".model").rename(folder / f"{name}.spm")
    (folder / name).with_suffix(".vocab").unlink()


def pieces(path):
    spm = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [spm.id_to_piece(i) for i in range(spm.get_piece_size())]


def vocabulary(*lists, extra=()):
    tokens = ["</s>", "<unk>"]
    for piece in [piece for pieces in lists for piece in pieces] + list(extra):
        if piece not in tokens and piece != "<s>":
            tokens.append(piece)
    return {token: place for place, token in enumerate([*tokens, "<pad>"])}


def write(path, value, indent=None):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")


def teach(marian, pairs):
    """A few steps on the sentences above: of random weights alone, every target is one token
    repeated without end."""
    pad = marian.config.pad_token_id
    longest = lambda rows: max(map(len, rows))
    fill = lambda rows, with_: torch.tensor([row + [with_] * (longest(rows) - len(row)) for row in rows])
    sources, targets = zip(*pairs)
    ids, labels = fill(sources, 0), fill(targets, -100)
    mask = torch.tensor([[1] * len(row) + [0] * (longest(sources) - len(row)) for row in sources])
    ids = torch.where(mask == 1, ids, min(pad, marian.config.vocab_size - 1))
    weights = [weight for weight in marian.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(weights, lr=4e-3)
    marian.train()
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = marian(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        optimizer.step()
    print("loss", round(loss.item(), 3))


def paired(folder, sources, targets, codes=("",), **tokenizer):
    tokens = MarianTokenizer(
        str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json"), **tokenizer
    )
    rows = []
    for place, (source, target) in enumerate(zip(*(text.strip().split("\n") for text in (sources, targets)))):
        source = f"{codes[place % len(codes)]} {source}".strip()
        both = tokens(source, text_target=target)
        rows.append((both["input_ids"][:60], both["labels"][:60]))
    return rows


def model(folder, seed, source, target, pairs, **config):
    torch.manual_seed(seed)
    pad = target - 1
    marian = MarianMTModel(
        MarianConfig(
            vocab_size=source,
            decoder_vocab_size=target,
            d_model=32,
            encoder_layers=2,
            decoder_layers=2,
            encoder_attention_heads=4,
            decoder_attention_heads=4,
            encoder_ffn_dim=48,
            decoder_ffn_dim=48,
            dropout=0.0,
            max_position_embeddings=64,
            decoder_start_token_id=pad,
            pad_token_id=pad,
            eos_token_id=0,
            forced_eos_token_id=0,
            **config,
        )
    )
    with torch.no_grad():
        marian.final_logits_bias.copy_(torch.randn(1, target) * 0.2)
    teach(marian, pairs)
    marian.generation_config = GenerationConfig(
        bad_words_ids=[[pad]],
        decoder_start_token_id=pad,
        pad_token_id=pad,
        eos_token_id=0,
        forced_eos_token_id=0,
        max_length=48,
        num_beams=4,
        renormalize_logits=config.get("scale_embedding", False),
    )
    marian.eval()
    marian.save_pretrained(folder)
    return marian


def pickle(folder, marian):
    """The same weights as releases before safetensors have them."""
    (folder / "model.safetensors").unlink()
    torch.save(marian.state_dict(), folder / "pytorch_model.bin")


def expect(folder, marian, texts, **tokenizer):
    tokens = MarianTokenizer(
        str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json"), **tokenizer
    )
    cases = []
    for text in texts:
        ids = torch.tensor([tokens(text)["input_ids"]])
        start = torch.tensor([[marian.config.decoder_start_token_id]])
        with torch.no_grad():
            logits = marian(input_ids=ids, decoder_input_ids=start).logits[0, 0]
            greedy = marian.generate(ids, num_beams=1)[0].tolist()
            beams = [{**kind, "ids": marian.generate(ids, **kind)[0].tolist()} for kind in BEAMS]
        cases.append(
            {
                "text": text,
                "input": ids[0].tolist(),
                "logits": [round(x, 6) for x in logits.tolist()],
                "greedy": greedy,
                "beams": beams,
                "decoded": tokens.decode(beams[0]["ids"][1:], skip_special_tokens=True),
            }
        )
    return cases


def odd_texts(seed, count):
    """Words, marks, scripts, controls and white space of every kind, put together at random."""
    pick = random.Random(seed)
    parts = ENGLISH.split() + SPANISH.split() + [
        " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u200b", "\u200d", "\ufeff", "\u3000",
        "\u0000", "\u0001", "\u007f", "\u0085", "\u00ad", "\u2028", "▁", "▁▁", "<unk>", "<s>", "</s>",
        "<sep>", ">>fra<<", "😀", "👩‍👩‍👧", "🇪🇸", "é", "e\u0301", "ﬁ", "Ⅷ", "㎏", "１２３", "ｗ", "ß", "İ", "ǅ",
        "中文", "日本語", "ｶﾞ", "한국어", "ᄒ\u1161", "العربية", "עברית", "हिन्दी", "ไทย", "\u0301\u0301", "…", "—", "“”",
        "..", "?!", "½", "²", "™", "\ue000", "\uffff", "\U0001d400", "\U0010ffff",
    ]
    texts = ["", " ", "▁", "  a  b  ", "\u3000"]
    for _ in range(count):
        chosen = [pick.choice(parts) for _ in range(pick.randint(1, 8))]
        texts.append(pick.choice(["", " ", " "]).join(chosen))
    for _ in range(count // 3):
        points = [pick.choice([pick.randrange(0x250), pick.randrange(0x3000), pick.randrange(0xD800)]) for _ in range(6)]
        texts.append("".join(map(chr, points)))
    return texts


def main(out):
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    es, back, many = (out / f"opus-mt-{name}" for name in ("en-es", "es-en", "en-ROMANCE"))
    for folder in (es, back, many):
        folder.mkdir(parents=True, exist_ok=True)

    train(es, "source", ENGLISH, "nmt_nfkc")
    train(es, "target", SPANISH, "identity")
    words = vocabulary(pieces(es / "source.spm"), pieces(es / "target.spm"))
    write(es / "vocab.json", words)
    first = model(
        es, 1, len(words), len(words), paired(es, ENGLISH, SPANISH),
        activation_function="swish", scale_embedding=True,
    )

    train(back, "source", SPANISH, "identity", remove_extra_whitespaces=False)
    train(back, "target", ENGLISH, "identity", vocab_size=110)
    source, target = vocabulary(pieces(back / "source.spm")), vocabulary(pieces(back / "target.spm"))
    write(back / "vocab.json", source)
    write(back / "target_vocab.json", target)
    separate = {"separate_vocabs": True, "target_vocab_file": str(back / "target_vocab.json")}
    second = model(
        back, 2, len(source), len(target), paired(back, SPANISH, ENGLISH, **separate),
        activation_function="gelu", scale_embedding=False, share_encoder_decoder_embeddings=False,
    )
    pickle(back, second)
    write(
        back / "tokenizer_config.json",
        {"source_lang": "spa", "target_lang": "eng", "separate_vocabs": True},
    )

    train(many, "source", ENGLISH, "identity", user_defined_symbols=["<sep>", "<sep>the"])
    train(many, "target", SPANISH, "identity")
    codes = [">>fra<<", ">>spa<<", ">>pt_BR<<"]
    words = vocabulary(pieces(many / "source.spm"), pieces(many / "target.spm"), extra=codes)
    write(many / "vocab.json", words)
    third = model(
        many, 3, len(words), len(words), paired(many, ENGLISH, SPANISH, codes),
        activation_function="relu", scale_embedding=True,
    )
    pickle(many, third)

    write(
        out / "expected.json",
        {
            "opus-mt-en-es": expect(es, first, TEXTS["en"]),
            "opus-mt-es-en": expect(back, second, TEXTS["es"], **separate),
            "opus-mt-en-ROMANCE": expect(
                many, third, [f"{code} {text}" for code, text in zip([*codes, ""], TEXTS["en"])]
            ),
        },
    )
    cut = {}
    for folder in (es, back, many):
        spm = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
        texts = odd_texts(len(cut), 150)
        cut[folder.name] = [[text, spm.encode(text, out_type=str)] for text in texts]
    write(out / "pieces.json", cut)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
