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
      ExploreTool: later(() => import('../../components/explore/ExploreTool.vue'), 'explore-tool', [1081, 901, 836]),
      Playground: later(() => import('../../components/playground/Playground.vue'), 'workbench', [904, 738, 949]),
      QuotientTable: later(
        () => import('../../components/derivatives/QuotientTable.vue'),
        'quotients',
        [536, 536, 536],
      ),
      ErrorFigure: later(() => import('../../components/derivatives/ErrorFigure.vue'), 'error', [831, 794, 531]),
      KinkFigure: later(() => import('../../components/derivatives/KinkFigure.vue'), 'kink', [662, 532, 455]),
      CodeCell: later(() => import('../../components/derivatives/CodeCell.vue'), 'code', [495, 442, 442]),
      DerivativeFigure: later(
        () => import('../../components/derivatives/DerivativeFigure.vue'),
        'derivative',
        [1014, 796, 816],
      ),
      KnowledgeCheck: later(() => import('../../components/KnowledgeCheck.vue'), 'check', [880, 550, 520]),
      EvidenceCard: later(() => import('../../components/EvidenceCard.vue'), 'evidence', [930, 735, 725]),
    };
    for (const [name, figure] of Object.entries(figures)) app.component(name, figure);
  },
} satisfies Theme;
