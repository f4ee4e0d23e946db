//! Examples and articles in a search index built in memory: few texts are worth comparing closely, and the index finds
//! them. Deterministic: one segment, documents in the order given.

use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager, WhitespaceTokenizer};
use tantivy::{Index, Searcher, TantivyDocument, Term};

use super::features::{features, is_lexical};

const TOKENIZER: &str = "words";
const WRITER_MEMORY: usize = 15_000_000;

/// A search index over texts; what comes back is the text's number.
pub struct Search {
    open: Option<(Searcher, Field, Field)>,
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search").field("open", &self.open.is_some()).finish()
    }
}

impl Search {
    /// Indexes texts, each split into words; numbers count from 0 in the order given.
    #[must_use]
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a [String]>) -> Self {
        // In memory and with a fixed schema there is nothing to fail; if it did, keywords and patterns would still work.
        Self { open: build(texts).ok() }
    }

    /// The numbers of the texts nearest to `words`, best first, at most `limit`.
    #[must_use]
    pub fn nearest(&self, words: &[String], limit: usize) -> Vec<u64> {
        let Some((searcher, text, number)) = &self.open else { return Vec::new() };
        let tokens = features(words).into_keys().filter(|feature| is_lexical(feature));
        let terms = tokens.map(|token| {
            let term = TermQuery::new(Term::from_field_text(*text, &token), IndexRecordOption::WithFreqs);
            (Occur::Should, Box::new(term) as Box<dyn Query>)
        });
        let query = BooleanQuery::new(terms.collect());
        let Ok(best) = searcher.search(&query, &TopDocs::with_limit(limit).order_by_score()) else { return Vec::new() };
        let stored = |address| searcher.doc::<TantivyDocument>(address).ok()?.get_first(*number)?.as_u64();
        best.into_iter().filter_map(|(_, address)| stored(address)).collect()
    }
}

fn build<'a>(texts: impl IntoIterator<Item = &'a [String]>) -> tantivy::Result<(Searcher, Field, Field)> {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default().set_tokenizer(TOKENIZER).set_index_option(IndexRecordOption::WithFreqs);
    let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
    let number = schema.add_u64_field("number", STORED);
    let tokenizers = TokenizerManager::default();
    tokenizers.register(TOKENIZER, TextAnalyzer::builder(WhitespaceTokenizer::default()).build());
    let builder = Index::builder().schema(schema.build()).tokenizers(tokenizers);
    let mut writer = builder.single_segment_index_writer(RamDirectory::create(), WRITER_MEMORY)?;
    for (id, words) in (0_u64..).zip(texts) {
        let tokens: Vec<String> = features(words).into_keys().filter(|feature| is_lexical(feature)).collect();
        let mut document = TantivyDocument::default();
        document.add_text(text, tokens.join(" "));
        document.add_u64(number, id);
        writer.add_document(document)?;
    }
    let index = writer.finalize()?;
    Ok((index.reader_builder().reload_policy(tantivy::ReloadPolicy::Manual).try_into()?.searcher(), text, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::features::split;

    #[test]
    fn the_nearest_texts_come_first() {
        let texts: Vec<Vec<String>> = ["my bill is wrong", "the tv is dead", "pay my bills"].map(split).into();
        let (searcher, ..) = build(texts.iter().map(Vec::as_slice)).expect("an index in memory");
        assert_eq!(searcher.num_docs(), 3);
        let search = Search::new(texts.iter().map(Vec::as_slice));
        assert_eq!(search.nearest(&split("tv"), 5), [1]);
        assert_eq!(search.nearest(&split("billing"), 5).len(), 2);
    }
}
