//! chrF of translations between English and Spanish, beside Apertium alone on the same pairs.

use anyhow::Context;
use mynah_speech::translation::{TranslationRoute, translate};
use mynah_speech::{Cancel, Language, Translator};

use super::dialogs::{DialogPair, pairs};
use crate::Figure;
use crate::chrf::Chrf;
use crate::engines::EngineBench;

const MAX_PAIRS: usize = 150;

pub(super) async fn measure(bench: &EngineBench) -> anyhow::Result<Vec<Figure>> {
    let bench = bench.clone();
    tokio::task::spawn_blocking(move || {
        let pairs = pairs(&bench.dialogs, bench.limit.min(MAX_PAIRS))?;
        let english: Vec<_> = pairs.iter().map(|pair| pair.english.as_str()).collect();
        let spanish: Vec<_> = pairs.iter().map(|pair| pair.spanish.as_str()).collect();
        let mut figures = beside_apertium(&bench, ("en", &english), ("es", &spanish), 5.0)?;
        figures.extend(beside_apertium(
            &bench,
            ("es", &spanish),
            ("en", &english),
            6.0,
        )?);
        figures.push(there_and_back(&bench, &pairs)?);
        Ok(figures)
    })
    .await?
}

/// The score of the program's own way and that of Apertium alone, which it must exceed by `least`.
fn beside_apertium(
    bench: &EngineBench,
    (from, sources): (&str, &[&str]),
    (to, references): (&str, &[&str]),
    least: f64,
) -> anyhow::Result<Vec<Figure>> {
    let apertium = bench.engines.translators().iter();
    let apertium = apertium
        .clone()
        .find(|engine| engine.info().id.as_str() == "apertium")
        .context("this build has no Apertium")?;
    let route = route(bench, from, to)?;
    let ours = score(&*route.engine, (from, sources), (to, references))?;
    let rules = score(&**apertium, (from, sources), (to, references))?;
    let title = format!("chrF, {from}→{to}, {} pairs", sources.len());
    Ok(vec![
        Figure::new(format!("{title}, {}", described(&route)), ours, ""),
        Figure::new(format!("{title}, Apertium alone"), rules, ""),
        Figure::new(format!("{title}, above Apertium"), ours - rules, "").with_min(least),
    ])
}

/// English into Portuguese and back, against the English.
fn there_and_back(bench: &EngineBench, pairs: &[DialogPair]) -> anyhow::Result<Figure> {
    let (there, back) = (route(bench, "en", "pt")?, route(bench, "pt", "en")?);
    let (english, portuguese) = ("en".parse()?, "pt".parse()?);
    let mut chrf = Chrf::default();
    for pair in pairs {
        let text = translated(&*there.engine, &pair.english, &english, &portuguese)?;
        let text = translated(&*back.engine, &text, &portuguese, &english)?;
        chrf.add(&text, &pair.english);
    }
    let name = format!("chrF, en→pt→en, {} sentences", pairs.len());
    Ok(Figure::new(name, chrf.score(), ""))
}

fn route(bench: &EngineBench, from: &str, to: &str) -> anyhow::Result<TranslationRoute> {
    let route = bench
        .engines
        .translation_route(&from.parse()?, &to.parse()?);
    route.with_context(|| format!("nothing here translates {from}→{to}"))
}

/// The engines of a way, and the language between them.
fn described(route: &TranslationRoute) -> String {
    let engines: Vec<_> = route.engines.iter().map(|engine| engine.as_str()).collect();
    let engines = engines.join(" and ");
    match &route.via {
        Some(language) => format!("{engines} through {language}"),
        None => engines,
    }
}

fn score(
    engine: &dyn Translator,
    (from, sources): (&str, &[&str]),
    (to, references): (&str, &[&str]),
) -> anyhow::Result<f64> {
    let (from, to) = (from.parse()?, to.parse()?);
    let mut chrf = Chrf::default();
    for (source, reference) in sources.iter().zip(references) {
        chrf.add(&translated(engine, source, &from, &to)?, reference);
    }
    Ok(chrf.score())
}

fn translated(
    engine: &dyn Translator,
    text: &str,
    from: &Language,
    to: &Language,
) -> anyhow::Result<String> {
    translate(engine, text, from, to, &Cancel::new()).with_context(|| format!("{from}→{to}"))
}
