import '@fontsource-variable/source-serif-4/wght.css';
import '@fontsource-variable/source-serif-4/wght-italic.css';
import '@fontsource-variable/source-sans-3/wght.css';
import 'katex/dist/katex.min.css';
import './styles/base.css';
import './styles/page.css';
import './styles/figure.css';
import type { Theme } from 'vitepress';
import { adamFigures } from '../../components/adam/index.ts';
import { chainRuleFigures } from '../../components/chain-rule/index.ts';
import Fact from '../../components/claims/Fact.vue';
import SecantFigure from '../../components/derivatives/SecantFigure.vue';
import { descentFigures } from '../../components/descent/index.ts';
import FormulaCard from '../../components/FormulaCard.vue';
import { gradientFigures } from '../../components/gradient/index.ts';
import Claim from '../../components/kit/Claim.vue';
import LiveNumber from '../../components/kit/LiveNumber.vue';
import { later } from '../../components/kit/later.ts';
import Layout from './Layout.vue';

export default {
  Layout,
  enhanceApp({ app }) {
    app.component('SecantFigure', SecantFigure);
    app.component('LiveNumber', LiveNumber);
    app.component('Claim', Claim);
    app.component('Fact', Fact);
    app.component('FormulaCard', FormulaCard);
    const figures = {
      ...adamFigures,
      ...descentFigures,
      ...gradientFigures,
      ...chainRuleFigures,
      ExploreTool: later(() => import('../../components/explore/ExploreTool.vue'), 900),
      Playground: later(() => import('../../components/playground/Playground.vue'), 900),
      QuotientTable: later(() => import('../../components/derivatives/QuotientTable.vue'), 560),
      ErrorFigure: later(() => import('../../components/derivatives/ErrorFigure.vue'), 532),
      KinkFigure: later(() => import('../../components/derivatives/KinkFigure.vue'), 400),
      CodeCell: later(() => import('../../components/derivatives/CodeCell.vue'), 420),
      DerivativeFigure: later(() => import('../../components/derivatives/DerivativeFigure.vue'), 760),
      KnowledgeCheck: later(() => import('../../components/KnowledgeCheck.vue'), 330),
      EvidenceCard: later(() => import('../../components/EvidenceCard.vue'), 520),
    };
    for (const [name, figure] of Object.entries(figures)) app.component(name, figure);
  },
} satisfies Theme;
